#ifndef TEMPLATE_INTERNAL_H
#define TEMPLATE_INTERNAL_H

/*
 * What the files of this room offer each other: the tree that the parser
 * makes, the values, and the evaluation of the one to the other.
 */
#include "base/base.h"
#include "base/arena.h"
#include "template/template.h"
#include "template/value.h"
#include "template/tree.h"
#include "template/text.h"

#include <setjmp.h>

void add_error(struct template_errors *errs, const char *rule, size_t off, size_t len,
	       const char *hint, const char *fmt, ...) PRINTF_LIKE(6, 7);

/* --- calls ----------------------------------------------------------------- */

struct cargs {
	struct value *pos;
	uint32_t nr;
	struct vstr **kw_names;
	struct value *kw_values;
	uint32_t kw_nr;
};

/*
 * `params`: names in order, blank separated. The first `required` must be
 * given; the others are V_MISSING when they were not. A trailing '*' makes
 * the function variadic: it gets all arguments as they are, in `args`.
 */
typedef struct value builtin_fn(struct ev *ev, struct value self, struct value *a,
				const struct cargs *args);

struct builtin {
	const char *name;
	const char *params;
	unsigned required;
	builtin_fn *fn;	 /* NULL: known, not supported */
	const char *why; /* what to do instead, when it is not supported */
};

struct method_def {
	uint32_t types; /* 1 << value_type */
	struct builtin b;
};

struct method {
	const struct method_def *def;
	struct value self;
};

struct global_def {
	struct builtin b;
};

#define MAX_PARAMS 8

/* `name` is `known`; it may hold NULs. */
bool is_called(const char *known, const char *name, size_t len);
const struct builtin *find_filter(const char *name, size_t len);
const struct builtin *find_test(const char *name, size_t len);
const struct builtin *filter_table(size_t i); /* NULL behind the last */
const struct builtin *test_table(size_t i);
struct name;
/* Fill in what `name` is as an attribute. */
void note_attr(struct name *name);
const struct method_def *find_method(enum value_type type, const char *name, size_t len);
const struct global_def *find_global(const char *name, size_t len);

extern const struct builtin tests[];

struct value call_builtin(struct ev *ev, const struct builtin *b, const char *kind,
			  struct value self, const struct cargs *args);
struct value call_value(struct ev *ev, struct value callee, const struct cargs *args);
struct value call_filter_named(struct ev *ev, struct value name, struct value self,
			       const struct cargs *args);
struct value call_test_named(struct ev *ev, struct value name, struct value self,
			     const struct cargs *args);

/* --- evaluation ------------------------------------------------------------ */

/* Variables of one activation of the template, a macro or a recursive loop. */
struct act {
	struct act *parent;
	struct value slots[];
};

/*
 * Text that grows: in the arena (a capture, a string in the making), or in
 * the caller's buffer (the output). Passing a limit ends the rendering.
 */
struct buf {
	struct ev *ev;
	char *p;
	size_t len, cap;
	struct strbuf *sb; /* the output, or NULL */
	bool taint;
	struct buf *outer; /* what statements wrote to before */
};

#define MAX_ORIGINS 3
/* In value.origin: not a value's index + 1 but that of a group. */
#define ORIGIN_GROUP 0x80000000u
struct origins {
	uint32_t v[MAX_ORIGINS]; /* index + 1 of values */
	uint8_t nr;
	bool more;
};

/* Nested eval() and exec(): keeps the C stack bounded. */
#define MAX_C_DEPTH    2500
#define MAX_ITER_DEPTH 900

/* A macro that is running, and where it was called. */
struct call_site {
	const struct node *def, *at;
	const struct call_site *outer;
};

struct ev {
	const struct template *t;
	const struct template_values *values;
	struct template_limits limits;
	struct arena arena;
	struct act *act;
	struct buf *out;
	size_t out_start;
	struct template_map *map;
	struct template_errors *errs;
	size_t errs_start;
	const struct node *at;	       /* the operation under way, for messages */
	const struct call_site *calls; /* the innermost */
	uint64_t steps, iterations;
	unsigned depth;
	unsigned c_depth;	/* nested eval(), to keep the C stack bounded */
	bool taint;		/* the expression under way has read something sensitive */
	struct origins origins; /* values it has read */
	struct origins *groups; /* of values made of several */
	uint32_t groups_nr, groups_alloc;
	struct value *resolved; /* by name index */
	char *room;		/* the first allocations come from here */
	size_t room_left;
	jmp_buf fatal;
};

/* Values of the loop variable. */
struct loop {
	struct iter *it;
	struct value iterable;
	int64_t index0;
	uint32_t depth0;
	bool peeked, peeked_end;
	struct value after, before, current;
	bool has_changed;
	struct value changed;
	const struct node *def;
	struct act *parent; /* of a recursive loop's function */
	bool recursive;
};

/* Ends the rendering. */
NORETURN void ev_limit(struct ev *ev, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Report at ev->at and return poison. */
struct value ev_fail(struct ev *ev, const char *rule, const char *fmt, ...) PRINTF_LIKE(3, 4);
struct value ev_fail_at(struct ev *ev, const struct node *at, const char *rule, const char *hint,
			const char *fmt, ...) PRINTF_LIKE(5, 6);
#define TYPE_ERROR	  "template-type"
#define UNDEFINED_ERROR	  "template-undefined"
#define UNSUPPORTED_ERROR "template-unsupported"
#define UNSAFE_ERROR	  "template-unsafe"
#define SYNTAX_ERROR	  "template-syntax"
#define LIMIT_ERROR	  "template-limit"
/* The error that using an undefined value is. */
struct value ev_undefined(struct ev *ev, struct value v);

static inline void ev_step(struct ev *ev, uint64_t n)
{
	ev->steps += n;
	if (ev->steps > ev->limits.steps)
		ev_limit(ev, "the template does too much work (more than %" PRIu64 " steps)",
			 ev->limits.steps);
}

void *ev_alloc_more(struct ev *ev, size_t size);
/* Zeroed memory that lives as long as the rendering. */
static inline void *ev_alloc(struct ev *ev, size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	void *p = ev->room;

	if (rounded > ev->room_left || rounded < size)
		return ev_alloc_more(ev, size);
	ev->room += rounded;
	ev->room_left -= rounded;
	return memset(p, 0, size);
}
struct value eval(struct ev *ev, const struct node *n);
/* The origin of what is made of all that the expression under way has read. */
uint32_t noted_origin(struct ev *ev);
struct value eval_folded(struct ev *ev, const struct node *n);
void exec_list(struct ev *ev, const struct node_list *list);
void enter_frame(struct ev *ev, const struct frame_info *frame);
void leave_frame(struct ev *ev, const struct frame_info *frame);
bool assign(struct ev *ev, const struct node *target, struct value v);
struct value call_macro(struct ev *ev, struct macro *m, const struct cargs *args);
struct value call_loop(struct ev *ev, struct loop *loop, const struct cargs *args);
int loop_attr_index(const char *name, size_t len);
struct value loop_attr_at(struct ev *ev, struct loop *loop, int index);
struct value loop_attr(struct ev *ev, struct loop *loop, const char *name, size_t len);
void eval_args(struct ev *ev, const struct node_args *na, struct value *caller, struct cargs *out,
	       bool *poison);

/* --- buf.c ----------------------------------------------------------------- */

void buf_init(struct buf *b, struct ev *ev);
void buf_grow(struct buf *b, size_t extra);
static inline void buf_add(struct buf *b, const char *s, size_t len)
{
	if (b->cap - b->len < len)
		buf_grow(b, len);
	if (len)
		memcpy(b->p + b->len, s, len);
	b->len += len;
}
static inline void buf_addch(struct buf *b, char c)
{
	if (b->cap == b->len)
		buf_grow(b, 1);
	b->p[b->len++] = c;
}
static inline void buf_addstr(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}
void buf_addvstr(struct buf *b, const struct vstr *s);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_addcp(struct buf *b, uint32_t cp);
void buf_fill(struct buf *b, char c, uint64_t n);
struct value buf_value(struct buf *b); /* the string; the buffer is done with */

/* --- operators.c ----------------------------------------------------------- */

struct value binary(struct ev *ev, enum operator op, struct value a, struct value b);
struct value unary(struct ev *ev, enum operator op, struct value a);
struct value get_attr(struct ev *ev, const struct node *at, struct value obj, struct vstr *name);
/* The same for a name of the template, quickly. */
struct value get_attr_name(struct ev *ev, const struct node *at, struct value obj,
			   struct name *name);
struct value get_item(struct ev *ev, const struct node *at, struct value obj, struct value key);
struct value get_slice(struct ev *ev, struct value obj, struct value start, struct value stop,
		       struct value step);
struct value undefined_value(struct ev *ev, const struct node *at, struct value obj,
			     const struct vstr *name, const char *message);

/* --- arguments of builtins ------------------------------------------------- */

bool arg_str(struct ev *ev, struct value v, const char *what, struct vstr **out);
bool arg_int(struct ev *ev, struct value v, const char *what, int64_t *out);
/* Beyond 64 bits it is as good as any large number. */
bool arg_index(struct ev *ev, struct value v, const char *what, int64_t *out);
bool arg_bool(struct ev *ev, struct value v, bool *out);

/* --- methods-container.c: dict.update() ---------------------------------------- */

bool dict_update(struct ev *ev, struct dict *d, struct value from);

/* --- values.c -------------------------------------------------------------- */

bool values_find(const struct template_values *values, const struct vstr *name, uint32_t *index,
		 const struct json **json, bool *sensitive);
bool values_sensitive(const struct template_values *values);
const char *nearest_value(const struct template_values *values, const char *name, char *buf,
			  size_t size);

#endif
