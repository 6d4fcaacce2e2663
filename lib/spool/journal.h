#ifndef SPOOL_JOURNAL_H
#define SPOOL_JOURNAL_H

#include "base/base.h"
#include "base/error.h"

/*
 * What a job did so far: one JSON object a line, appended and synced before
 * the next step begins. A torn last line (crash, full disk) is cut off when
 * it is opened again, and an append that failed leaves nothing behind.
 */
struct journal;

#define JOURNAL_LINE_MAX (4 << 20)

/* Made with the permissions `mode` when it is not there. */
int journal_open(struct journal **journal, const char *path, mode_t mode,
		 struct error *err) MUST_CHECK;
/*
 * Put a copy in its place, made at `tmp`: who has the old file open and comes
 * to life again writes to what nobody reads. Fine when there is none.
 */
int journal_replace(const char *path, const char *tmp, mode_t mode, struct error *err) MUST_CHECK;
/* Nothing was ever appended. */
bool journal_empty(const struct journal *journal);
/*
 * Append one line (without its newline, which it may not hold). With `sync`
 * it is durable, and all before it, when this returns.
 */
int journal_append(struct journal *journal, const char *line, size_t len, bool sync,
		   struct error *err) MUST_CHECK;
int journal_sync(struct journal *journal, struct error *err) MUST_CHECK;
/* Each line from the start; a callback that returns non-zero ends it with that value. */
typedef int journal_fn(const char *line, size_t len, void *data);
int journal_each(struct journal *journal, journal_fn *fn, void *data, struct error *err) MUST_CHECK;
void journal_close(struct journal *journal);

#endif
