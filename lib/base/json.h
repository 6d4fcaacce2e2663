#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/base.h"
#include "base/strbuf.h"

/*
 * JSON (RFC 8259) as a tree, parsed with yajl. Every value knows the bytes of
 * the text it came from, members keep their order, and a number keeps its
 * text: 12345678901234567890 and 1.10 come out as they went in.
 */
enum json_type {
	JSON_NULL = 0,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json_member;

struct json {
	enum json_type type;
	uint32_t off, len; /* bytes of the text; a string's include its quotes */
	union {
		bool boolean;
		struct {
			const char *s; /* NUL-terminated: decoded string, or a number's text */
			size_t len;    /* a string may hold NULs */
		} str;
		struct {
			struct json *items;
			size_t nr;
		} array;
		struct {
			struct json_member *members;
			size_t nr;
		} object;
	} u;
};

struct json_member {
	const char *name; /* decoded, NUL-terminated */
	size_t name_len;
	uint32_t off, len; /* of the name, quotes included */
	struct json value;
};

struct json_limits {
	unsigned max_depth;    /* 0: JSON_DEFAULT_DEPTH */
	size_t max_nodes;      /* 0: JSON_DEFAULT_NODES */
	bool allow_duplicates; /* the last one counts (for AWS's answers); else a problem */
};

#define JSON_DEFAULT_DEPTH 64
#define JSON_DEFAULT_NODES 1000000

/* What is wrong with a text; a syntax error ends the list, duplicate members don't. */
struct json_problem {
	const char *
		rule; /* static: json-syntax, json-duplicate, json-depth, json-size, json-surrogate */
	size_t off, len;
	char *message;
	char *hint; /* or NULL */
};

struct json_problems {
	struct json_problem *v;
	size_t nr, alloc;
};

#define JSON_PROBLEMS_INIT \
	{                  \
		0          \
	}

void json_problems_release(struct json_problems *problems);

/*
 * Parse the whole of `text` (at most 4 GiB) into memory of `arena`. Returns
 * the value, or NULL with at least one problem. With duplicate members only,
 * the problems tell and NULL is returned too. `limits` may be NULL. The tree
 * does not point into `text`.
 */
const struct json *json_parse(struct arena *arena, const char *text, size_t len,
			      const struct json_limits *limits, struct json_problems *problems);

/* Reading. All take NULL for the value and say "not there". */
const struct json *json_get(const struct json *object, const char *name);
const struct json_member *json_get_member(const struct json *object, const char *name);
/* Dotted path of members: json_path(v, "environment.region"). */
const struct json *json_path(const struct json *value, const char *path);
/* The string, or NULL when it is not there or is no string. */
const char *json_str(const struct json *value);
const char *json_get_str(const struct json *object, const char *name);
/* A whole number that fits; false when it is anything else. 3.0 and 3e0 are whole. */
bool json_int(const struct json *value, int64_t *out);
int64_t json_get_int(const struct json *object, const char *name, int64_t fallback);
bool json_get_bool(const struct json *object, const char *name, bool fallback);
bool json_double(const struct json *value, double *out);
/* "object", "array", "string", "number", "boolean", "null". */
const char *json_type_name(enum json_type type);
bool json_equal(const struct json *a, const struct json *b); /* numbers by text */

/* Writing a tree: compact, or with `indent` blanks a level. */
void json_write(struct strbuf *out, const struct json *value, unsigned indent);
/* A string with its quotes, escaped as JSON asks and no more; malformed UTF-8 becomes U+FFFD. */
void json_write_string(struct strbuf *out, const char *s, size_t len);

/*
 * Writing without a tree. `name` is NULL inside an array and at the top.
 *
 *	struct json_writer jw = JSON_WRITER_INIT(&out, 0);
 *	jw_object(&jw, NULL);
 *	jw_str(&jw, "id", id);
 *	jw_array(&jw, "events");
 *	jw_end(&jw);
 *	jw_end(&jw);
 */
#define JSON_WRITER_DEPTH 32
struct json_writer {
	struct strbuf *out;
	unsigned indent; /* 0: compact */
	unsigned depth;
	bool is_object[JSON_WRITER_DEPTH];
	bool has_items[JSON_WRITER_DEPTH];
};

#define JSON_WRITER_INIT(buf, blanks)            \
	{                                        \
		.out = (buf), .indent = (blanks) \
	}

void jw_object(struct json_writer *jw, const char *name);
void jw_array(struct json_writer *jw, const char *name);
void jw_end(struct json_writer *jw);
void jw_str(struct json_writer *jw, const char *name, const char *s); /* NULL: null */
void jw_strn(struct json_writer *jw, const char *name, const char *s, size_t len);
void jw_int(struct json_writer *jw, const char *name, int64_t v);
void jw_bool(struct json_writer *jw, const char *name, bool v);
void jw_null(struct json_writer *jw, const char *name);
void jw_value(struct json_writer *jw, const char *name, const struct json *value);
/* Text that is JSON already. */
void jw_raw(struct json_writer *jw, const char *name, const char *json);

#endif
