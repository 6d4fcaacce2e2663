#ifndef UI_PLAN_H
#define UI_PLAN_H

#include "artifact/plan.h"
#include "base/strbuf.h"

/*
 * A plan for people: a line per service object with intent, kind, path-prefix
 * and why, and under it the files that changed. `before` may be the null id:
 * nothing was processed yet.
 */
void ui_plan_text(struct strbuf *out, const struct plan *plan, const struct oid *before,
		  const struct oid *after);

/* {"before": "...", "after": "...", "unrelated": false, "objects": [{"kind", "prefix", ...}]} */
void ui_plan_json(struct strbuf *out, const struct plan *plan, const struct oid *before,
		  const struct oid *after);

#endif
