#include "base/base.h"
#include "artifact/input.h"

/* Which file of a snapshot a path was meant to be that names none. */

/* Each search looks at the names of so many files; after so many searches there are no more hints. */
#define FILES_MAX    20000
#define SEARCHES_MAX 20

/* `path` as seen from the directory of `base`, cleaned. False when it leads out or nowhere. */
static bool clean_path(struct strbuf *out, const char *base, const char *path)
{
	const char *slash = base ? strrchr(base, '/') : NULL, *p = path;

	strbuf_reset(out);
	if (slash)
		strbuf_add(out, base, (size_t)(slash - base));
	while (*p) {
		size_t n = strcspn(p, "/\\");

		if (n == 2 && p[0] == '.' && p[1] == '.') {
			slash = out->len ? strrchr(out->buf, '/') : NULL;
			if (!out->len)
				return false;
			strbuf_setlen(out, slash ? (size_t)(slash - out->buf) : 0);
		} else if (n && !(n == 1 && p[0] == '.')) {
			if (out->len)
				strbuf_addch(out, '/');
			strbuf_add(out, p, n);
		}
		p += n + (p[n] != '\0');
	}
	return out->len > 0;
}

static bool is_file(struct snapshot *snapshot, const char *path)
{
	struct error err = ERROR_INIT;
	struct file_entry entry;
	int rc = snapshot_get(snapshot, path, &entry, &err);

	error_release(&err);
	return rc > 0 && (entry.mode & 0170000) == 0100000 && !ref_path_refused(path);
}

struct search {
	const char *path, *name; /* the last part of path */
	size_t len, seen;
	char *near, *same_name;
	bool many; /* files of that name */
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int look_at(const struct file_entry *entry, void *data)
{
	struct search *s = data;
	size_t len = strlen(entry->path);

	if (++s->seen > FILES_MAX)
		return 1;
	if ((entry->mode & 0170000) != 0100000 || ref_path_refused(entry->path))
		return 0;
	if (str_eq(last_part(entry->path), s->name)) {
		s->many = s->same_name != NULL;
		if (!s->same_name)
			s->same_name = xstrdup(entry->path);
	}
	/* the distance is at least that of the lengths: most names need no more looking */
	if (len <= s->len + 3 && s->len <= len + 3) {
		const char *both[] = { s->near ? s->near : entry->path, entry->path };
		const char *near = nearest_word(s->path, both, ARRAY_SIZE(both));

		if (near && near != s->near) {
			free(s->near);
			s->near = xstrdup(near);
		}
	}
	return 0;
}

char *ref_path_meant(struct ref_files *files, const char *input, const char *path)
{
	struct search search = { .path = path, .name = last_part(path), .len = strlen(path) };
	struct strbuf clean = STRBUF_INIT;
	struct error err = ERROR_INIT;
	char *meant = NULL;

	if (!files->snapshot || !*path || search.len > 255 || ++files->searches > SEARCHES_MAX)
		return NULL;
	if ((clean_path(&clean, NULL, path) && is_file(files->snapshot, clean.buf)) ||
	    (clean_path(&clean, input, path) && is_file(files->snapshot, clean.buf))) {
		meant = strbuf_detach(&clean, NULL);
	} else if (snapshot_each(files->snapshot, "", look_at, &search, &err) >= 0) {
		meant = search.near ? search.near : search.many ? NULL : search.same_name;
		meant = xstrdup_or_null(meant);
	}
	error_release(&err); /* no hint, then; who needs the files will say it */
	free(search.near);
	free(search.same_name);
	strbuf_release(&clean);
	return meant;
}
