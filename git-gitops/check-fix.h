#ifndef CHECK_FIX_H
#define CHECK_FIX_H

#include "base/finding.h"
#include "check/repair.h"
#include "repo/snapshot.h"
#include "ui/findings.h"

/*
 * Repair the work tree that `findings` are about: only below `paths` (as given
 * on the command line, relative to the working directory; none: everywhere),
 * and on the snapshot only when `dry_run`. `diff` becomes what was changed, as
 * a patch. Refuses to write where it can't be sure to write the file it read.
 */
int fix_worktree(struct repairs *repairs, struct strbuf *diff, const struct findings *findings,
		 struct snapshot *worktree, const char *const *paths, size_t paths_nr, bool dry_run,
		 struct error *err) MUST_CHECK;

/* The patch in git's colours, or as it is. */
void fix_print_diff(struct strbuf *out, const struct strbuf *diff,
		    const struct findings_style *style);
/* What was repaired, what was left, in words. */
void fix_print_text(struct strbuf *out, const struct repairs *repairs, bool dry_run);

struct json_writer;
/* The members "repaired", "left" and "diff". */
void fix_print_json(struct json_writer *jw, const struct repairs *repairs,
		    const struct strbuf *diff);

#endif
