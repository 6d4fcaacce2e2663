#ifndef TEMPLATE_TEMPLATE_H
#define TEMPLATE_TEMPLATE_H

#include "base/base.h"
#include "base/json.h"
#include "base/strbuf.h"

/*
 * Jinja2 templates: parse once, render any number of times.
 *
 *	struct template_errors errs = TEMPLATE_ERRORS_INIT;
 *	struct template *t = template_parse(text, len, &errs);
 *	struct template_values *v = template_values_new();
 *
 *	template_values_set(v, "port", 4, json, "dev/x_input.json: port", false);
 *	if (!t || template_render(t, v, NULL, &out, NULL, &errs) < 0)
 *		... errs says what is wrong, all of it
 *
 * The language is that of Jinja2 3.1 with StrictUndefined and an otherwise
 * default Environment (a single newline at the end of the template is dropped,
 * CRLF and CR become LF): the same text or an error, see
 * gitops-templates(5). One intended difference: a number from the values that
 * is only passed through keeps its text (1.10 stays 1.10).
 *
 * Templates reach nothing but their values. Work, nesting, growth and output
 * are limited; a template that passes a limit ends in a template-limit error.
 */

/* What is wrong, at the bytes [off, off + len) of the template. */
struct template_error {
	/*
	 * Static: template-syntax, template-undefined, template-type (an
	 * operation that Python would refuse), template-unsupported (Jinja2
	 * has it, we don't), template-unsafe, template-limit.
	 */
	const char *rule;
	size_t off, len;
	char *message;
	char *hint; /* or NULL */
};

struct template_errors {
	struct template_error *v;
	size_t nr, alloc;
	size_t max; /* 0: TEMPLATE_MAX_ERRORS; rendering stops when reached */
};

#define TEMPLATE_MAX_ERRORS 50
#define TEMPLATE_ERRORS_INIT \
	{                    \
		0            \
	}

void template_errors_release(struct template_errors *errs);
/* Forget all but the first `nr`. */
void template_errors_cut(struct template_errors *errs, size_t nr);

struct template;

/*
 * Parse a copy of `text`, which must be UTF-8. NULL with at least one error
 * when it can't be. When all that is wrong is the names of filters and tests,
 * there are errors and a template, which renders to nothing but further errors
 * (pass the same `errs`): so that all of them are told in one go. The result
 * is immutable and knows nothing of values.
 */
struct template *template_parse(const char *text, size_t len, struct template_errors *errs);
void template_free(struct template *t);

/* True when the template is plain text: rendering needs no values and can't fail. */
bool template_is_plain(const struct template *t);

/* The names that the template reads from the values, each once, in order of appearance. */
size_t template_names(const struct template *t, const char *const **names);

/*
 * The variables of a rendering. Later settings win over earlier ones of the
 * same name. `name` and `origin` are copied, `value` must outlive the values.
 * What is printed from a `sensitive` value is marked so in the map.
 */
struct template_values;

struct template_values *template_values_new(void);
void template_values_free(struct template_values *values);
void template_values_set(struct template_values *values, const char *name, size_t name_len,
			 const struct json *value, const char *origin, bool sensitive);

/* The values by index (as in the map), in order of first setting. */
struct template_value {
	const char *name;
	const struct json *value;
	const char *origin; /* or NULL */
	bool sensitive;
};
size_t template_values_nr(const struct template_values *values);
void template_values_at(const struct template_values *values, size_t i, struct template_value *out);

struct template_limits {
	uint64_t steps;	     /* expressions and statements evaluated, and work done in filters */
	uint64_t iterations; /* of all loops together */
	size_t output;	     /* bytes of the rendered text */
	size_t string;	     /* bytes of any one string on the way */
	size_t memory;	     /* bytes of all values made on the way */
	unsigned depth;	     /* nested macro calls, recursive loops and values */
};

#define TEMPLATE_LIMITS_DEFAULT                                                       \
	{                                                                             \
		.steps = 20000000, .iterations = 1000000, .output = (size_t)64 << 20, \
		.string = (size_t)16 << 20, .memory = (size_t)256 << 20, .depth = 200 \
	}

/*
 * Where each byte of the rendered text comes from. A run starts at `out_off`
 * and ends where the next one starts (the last at `out_len`); that of an
 * expression may be empty.
 */
struct template_run {
	size_t out_off;
	size_t tmpl_off,
		tmpl_len; /* plain text: byte for byte; else: the whole {{ ... }} expression */
	bool literal;	  /* plain text of the template */
	bool sensitive;	  /* derived from a sensitive value */
	bool more;	  /* further values went into it than `values` has room for */
	unsigned char values_nr; /* how many of these values went into it (the first few) */
	uint32_t values[3];
};

struct template_map {
	struct template_run *runs;
	size_t nr, alloc;
	size_t out_len;
};

#define TEMPLATE_MAP_INIT \
	{                 \
		0         \
	}

void template_map_release(struct template_map *map);
/*
 * The run that made byte `out_off` of the output and the place in the
 * template: for plain text the very byte (and length 1), else the expression.
 * NULL for an empty output; the end of the output maps to its last run.
 */
const struct template_run *template_map_find(const struct template_map *map, size_t out_off,
					     size_t *tmpl_off, size_t *tmpl_len);
/* True when any byte of [off, off + len) derives from a sensitive value. */
bool template_map_sensitive(const struct template_map *map, size_t off, size_t len);

/*
 * Append the rendered text to `out`. `limits` and `map` may be NULL; offsets
 * in the map count from where the output starts. Returns 0, or -1 with at
 * least one error added to `errs`: evaluation goes on behind an error where it
 * makes sense, so that all of them are told in one go (`out` is then cut back
 * to what it was).
 */
int template_render(const struct template *t, const struct template_values *values,
		    const struct template_limits *limits, struct strbuf *out,
		    struct template_map *map, struct template_errors *errs) MUST_CHECK;

/* The names of all filters and tests but the operators, one by one; NULL behind the last. */
const char *template_filter_name(size_t i);
const char *template_test_name(size_t i);

#endif
