#ifndef BASE_FINDING_H
#define BASE_FINDING_H

#include "base/base.h"

/*
 * What is wrong in the user's files; there may be many at once. Printed by
 * lib/ui as
 *
 *	path:line:col: error: what is wrong [rule]
 *	    2 |   "serviceName": "{{ nmae }}"
 *	      |                      ^~~~
 *	hint: did you mean 'name'?
 */
enum severity {
	SEVERITY_ERROR = 0,
	SEVERITY_WARNING,
	SEVERITY_NOTE
};

/* The one repair that a finding leaves no doubt about: bytes of a file, or its name. */
struct finding_fix {
	char *path;	 /* of the file; not always that of the finding: values stand elsewhere */
	size_t off, len; /* the bytes that are replaced */
	char *text;	 /* by these, or the new path */
	bool rename;
};

struct finding {
	enum severity severity;
	const char *rule; /* static: a stable id, "json-syntax", for `git gitops explain` */
	char *path;	  /* NULL: about no file */
	unsigned line;	  /* from 1; 0: about the file as a whole */
	unsigned column;  /* from 1, in code points */
	unsigned width;	  /* of what is underlined, in code points; at least 1 */
	char *message;
	char *hint;   /* or NULL */
	char *source; /* the line at fault (of a long one, a part), without its end, or NULL */
	unsigned source_column;	 /* of the first character of `source` */
	struct finding_fix *fix; /* or NULL */
	const char *unfixable;	 /* static: why `fix` is NULL although what is right is known */
};

/* What a rule is about, for reports that list rules (SARIF) and the manual. */
struct finding_rule {
	const char *id;
	const char *summary;	/* what is right, in a sentence without its full stop */
	enum severity severity; /* of most of its findings */
	bool fixed; /* no setting changes that: what it finds can't be deployed or isn't safe */
	const char *about;   /* what goes wrong otherwise */
	const char *example; /* what it finds, or NULL */
	const char *remedy;  /* what to do */
};

/* How the user wants the findings of a rule to be taken. */
struct finding_choice {
	const char *rule;
	bool ignore;
	enum severity severity;
};

/*
 * Findings about a file that many others refer to: of those with one key, only
 * the first are told. They are v[first] to v[first + nr - 1]; the rest was
 * dropped.
 */
struct findings_once {
	char *key;
	size_t first, nr;
	size_t errors, warnings, dropped;
};

struct findings {
	struct finding *v;
	size_t nr, alloc;
	size_t errors, warnings;
	size_t max; /* 0: no limit; beyond it findings are counted only */
	size_t dropped;
	const struct finding_choice *choices; /* the caller's; see findings_add() */
	size_t choices_nr;
	struct findings_once *once;
	size_t once_nr, once_alloc;
};

#define FINDINGS_INIT \
	{             \
		0     \
	}

void findings_release(struct findings *fs);

/*
 * Append one about the file `path` (copied; NULL: about none). Returns it, to
 * be completed with the calls below, or NULL when `max` was reached. What is
 * chosen for the rule comes before `severity`; one that is ignored is neither
 * kept nor counted.
 */
struct finding *findings_add(struct findings *fs, enum severity severity, const char *rule,
			     const char *path, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Around the calls that add findings which must be told once; see findings_once. */
struct findings_once findings_once_begin(const struct findings *fs);
void findings_once_end(struct findings *fs, struct findings_once before, const char *key);

/* Move v[from] to v[to - 1] behind those of `fs`, which counts what it drops only. */
void findings_move(struct findings *fs, struct findings *other, size_t from, size_t to);

/* All of these take NULL for `f` and do nothing then. */

/* Place it at the bytes [offset, offset + len) of `text`: sets line, column, width, source. */
void finding_at(struct finding *f, const char *text, size_t text_len, size_t offset, size_t len);
/* Don't show that line: it may hold a secret. */
void finding_hide_source(struct finding *f);
void finding_hint(struct finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Copies it. The first one counts. */
void finding_set_fix(struct finding *f, const struct finding_fix *fix);

/* By path, line, column; warnings behind errors of the same place. Stable. */
void findings_sort(struct findings *fs);

/* Line and column (both from 1, column in code points) of a byte offset. */
void text_position(const char *text, size_t len, size_t offset, unsigned *line, unsigned *column);

/*
 * The candidate nearest to `word` by Damerau-Levenshtein distance (adjacent
 * swaps count one), or NULL when none is near enough to be worth a hint
 * (distance at most a third of the length, at least 1, at most 3).
 */
const char *nearest_word(const char *word, const char *const *candidates, size_t nr);
/* The distance itself, cut off at `limit` + 1. Case counts half: differing only in case is 0. */
unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len, unsigned limit);

#endif
