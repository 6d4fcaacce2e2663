#ifndef UI_FINDINGS_H
#define UI_FINDINGS_H

#include "base/finding.h"
#include "base/strbuf.h"

/*
 * How findings are shown: as text for people, as JSON, or as SARIF 2.1.0
 * (OASIS Standard, https://docs.oasis-open.org/sarif/sarif/v2.1.0/) for
 * code-review tools.
 */
enum findings_format {
	FINDINGS_TEXT = 0,
	FINDINGS_JSON,
	FINDINGS_SARIF
};

extern const char *const findings_formats[]; /* "text", "json", "sarif"; ends with NULL */
#define OPT_FINDINGS_FORMAT(v)                                   \
	OPT_CHOICE(0, "format", (v), "format", findings_formats, \
		   "output format: text, json or sarif")

struct findings_style {
	bool colour;
	unsigned width; /* columns to stay within, 0: any. Of a hook: FINDINGS_REMOTE_WIDTH */
};

#define FINDINGS_STYLE_INIT \
	{                   \
		0           \
	}

/* 80 columns less the "remote: " that git puts before each line of a hook. */
#define FINDINGS_REMOTE_WIDTH 72

/*
 * The style for what goes to `fd`: colour as `color_ui` (the value of the
 * configuration color.ui, or NULL) says, "auto" by default; NO_COLOR and
 * TERM=dumb are respected; on a terminal its width.
 */
struct findings_style findings_style_for(int fd, const char *color_ui);

/*
 * As text, in the order they have. Tabs are expanded, a line that is too wide
 * is cut around the caret, and control characters are defused everywhere.
 * Ends with how many were dropped, when any were.
 */
void findings_text(struct strbuf *out, const struct findings *fs,
		   const struct findings_style *style);

/* "2 errors, 1 warning"; "" when there is nothing to say. */
void findings_summary(struct strbuf *out, const struct findings *fs);

/* {"findings": [{"path", "line", "column", "width", "severity", "rule", ...}], "errors": 1, ...} */
void findings_json(struct strbuf *out, const struct findings *fs);
struct json_writer;
/* The members of that object alone: "findings", "errors", "warnings", "dropped". */
void findings_json_members(struct json_writer *jw, const struct findings *fs);

/* `rules` describes them; a rule that is not among them is listed by its id alone. */
void findings_sarif(struct strbuf *out, const struct findings *fs, const struct finding_rule *rules,
		    size_t rules_nr, const char *tool_version);

#endif
