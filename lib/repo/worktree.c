#include "repo/internal.h"

int worktree_read(struct snapshot *s UNUSED, const struct file_entry *entry UNUSED,
		  size_t max UNUSED, struct strbuf *out UNUSED, struct error *err)
{
	return error_set(err, ERROR_FAILED, "work tree: not yet");
}

int worktree_hash(struct snapshot *s UNUSED, const char *path UNUSED, uint32_t mode UNUSED,
		  struct oid *oid UNUSED, struct error *err)
{
	return error_set(err, ERROR_FAILED, "work tree: not yet");
}

int snapshot_of_index(struct snapshot **s UNUSED, struct repo *repo UNUSED, struct error *err)
{
	return error_set(err, ERROR_FAILED, "index: not yet");
}

int snapshot_of_worktree(struct snapshot **s UNUSED, struct repo *repo UNUSED, struct error *err)
{
	return error_set(err, ERROR_FAILED, "work tree: not yet");
}
