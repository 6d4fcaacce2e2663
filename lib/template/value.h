#ifndef TEMPLATE_VALUE_H
#define TEMPLATE_VALUE_H

/*
 * The values that templates compute with: what they are, how they are made, and
 * what value.c, dict.c, show.c, compare.c and numbers.c do with them.
 */
#include "base/base.h"
#include "base/arena.h"
#include "template/template.h"

enum value_type {
	V_MISSING = 0, /* a variable that was not set, an argument that was not given */
	V_POISON,      /* an error was reported already: anything made of it is poison too */
	V_UNDEFINED,
	V_NONE,
	V_BOOL,
	V_INT,
	V_BIG, /* an integer beyond 64 bits */
	V_FLOAT,
	V_DECIMAL, /* a float from JSON that remembers its text */
	V_STRING,
	V_LIST,
	V_TUPLE,
	V_DICT,
	V_RANGE,
	V_VIEW, /* dict.keys(), .values(), .items() */
	V_ITER, /* a generator: can be walked once */
	V_METHOD,
	V_GLOBAL, /* range, dict, namespace, ... */
	V_MACRO,
	V_LOOP,
	V_NAMESPACE,
	V_CYCLER,
	V_JOINER
};

enum {
	VF_TAINT = 1 << 0,
	VF_MARKUP = 1 << 1
};

struct value {
	uint8_t type;
	uint8_t flags;
	uint32_t origin; /* index + 1 of the template_value it stems from, or 0 */
	union {
		bool b;
		int64_t i;
		double f;
		struct big *big;
		struct decimal *dec;
		struct vstr *str;
		struct list *list; /* also V_TUPLE */
		struct dict *dict; /* also V_NAMESPACE */
		struct range *range;
		struct view *view;
		struct iter *iter;
		struct method *method;
		const struct global_def *global;
		struct macro *macro;
		struct loop *loop;
		struct cycler *cycler;
		struct joiner *joiner;
		struct undef *undef;
	} u;
};

struct vstr {
	const char *s; /* NUL-terminated UTF-8; may hold NULs */
	uint32_t len;
	uint32_t chars; /* code points; UINT32_MAX: not counted yet */
	uint32_t hash;	/* 0: not computed yet */
};

struct decimal {
	double f;
	const char *text;
	uint32_t len;
};

/* Sign and magnitude, base 10^9, least significant first. */
struct big {
	bool neg;
	uint32_t nr;
	uint32_t d[];
};

struct list {
	struct value *v;
	uint32_t nr, alloc;
	const struct json *json; /* not unfolded yet: `v` is invalid */
	uint32_t origin;
	bool tainted;
	bool group; /* a groupby tuple: .grouper, .list */
};

struct dict_entry {
	struct value key, val; /* a removed entry's key is V_MISSING */
	uint32_t hash;
};

struct dict {
	struct dict_entry *e;
	uint32_t nr, alloc; /* entries, removed ones included */
	uint32_t live;
	uint32_t *index; /* open addressing: entry + 1; NULL while small */
	uint32_t index_nr;
	const struct json *json; /* not unfolded yet */
	uint32_t origin;
	bool tainted;
};

struct range {
	int64_t start, stop, step;
	uint64_t nr;
};

enum view_kind {
	VIEW_KEYS,
	VIEW_VALUES,
	VIEW_ITEMS
};

struct view {
	enum view_kind kind;
	struct dict *dict;
};

struct undef {
	const struct node *at;
	const char *message; /* NULL: "'name' is undefined" */
	const struct vstr *name;
	struct value obj; /* V_MISSING: a variable */
	bool lenient;	  /* of an inline if without else: prints nothing */
	bool unsafe;
};

struct macro {
	const struct node *def; /* N_MACRO or N_CALL_BLOCK */
	struct act *parent;
};

struct cycler {
	struct value *items;
	uint32_t nr, pos;
};

struct joiner {
	struct value sep;
	bool used;
};

/* Something to walk. `next` returns 1, 0 at the end, -1 after an error. */
struct ev;
struct iter {
	int (*next)(struct ev *ev, struct iter *it, struct value *out);
	const char *type_name; /* what Python calls it */
	struct value over;
	struct value source; /* V_ITER or nothing */
	uint64_t pos, nr;
	bool done;
	void *state;
	int64_t length; /* len() of what it walks, or -1: Python can't tell */
	unsigned depth; /* of iterators that walk iterators */
	bool started;
};

enum operator{
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_FLOORDIV,
	OP_MOD,
	OP_POW,
	OP_POW_WRITTEN, /* with a constant base: see eval_power() */
	OP_POS,
	OP_NEG,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_NOT_IN
};

struct buf;

/* --- value.c --------------------------------------------------------------- */

static inline struct value v_none(void)
{
	return (struct value){ .type = V_NONE };
}
static inline struct value v_poison(void)
{
	return (struct value){ .type = V_POISON };
}
static inline struct value v_missing(void)
{
	return (struct value){ .type = V_MISSING };
}
static inline struct value v_bool(bool b)
{
	return (struct value){ .type = V_BOOL, .u.b = b };
}
static inline struct value v_int(int64_t i)
{
	return (struct value){ .type = V_INT, .u.i = i };
}
static inline struct value v_float(double f)
{
	return (struct value){ .type = V_FLOAT, .u.f = f };
}

#define TYPE_BIT(t) (1u << (t))
static inline bool is_type(struct value v, uint32_t types)
{
	return (TYPE_BIT(v.type) & types) != 0;
}
#define T_SEQ	   (TYPE_BIT(V_LIST) | TYPE_BIT(V_TUPLE))
#define T_INTEGRAL (TYPE_BIT(V_INT) | TYPE_BIT(V_BOOL) | TYPE_BIT(V_BIG))
#define T_REAL	   (TYPE_BIT(V_FLOAT) | TYPE_BIT(V_DECIMAL))
#define T_NUMBER   (T_INTEGRAL | T_REAL)

struct value v_str(struct ev *ev, const char *s, size_t len);	  /* copies */
struct value v_str_static(struct ev *ev, const char *s);	  /* keeps */
struct value v_str_ref(struct ev *ev, const char *s, size_t len); /* keeps; NUL-terminated */
struct value v_json(struct ev *ev, const struct json *json, uint32_t origin, uint8_t flags);
struct value v_json_number(struct arena *arena, const char *text, size_t len);
struct list *list_new(struct ev *ev, uint32_t alloc);
void list_push(struct ev *ev, struct list *l, struct value v);
struct list *list_of(struct ev *ev, struct value v); /* unfolded */
struct value v_list(struct list *l);
struct value v_tuple(struct list *l);
struct value v_pair(struct ev *ev, struct value a, struct value b);
struct value v_range(struct ev *ev, int64_t start, int64_t stop, int64_t step);
struct value v_iter(struct ev *ev, const char *type_name,
		    int (*next)(struct ev *, struct iter *, struct value *), struct value over,
		    void *state);

struct dict *dict_new(struct ev *ev, uint32_t alloc);
struct dict *dict_of(struct ev *ev, struct value v); /* unfolded */
struct value v_dict(struct dict *d);
/* False (after an error) when the key can't be one. */
bool dict_set(struct ev *ev, struct dict *d, struct value key, struct value val);
/* NULL: not there. `*bad` when the key can't be one (an error is reported). */
struct value *dict_get(struct ev *ev, struct dict *d, struct value key, bool *bad);
struct value *dict_get_str(struct ev *ev, struct dict *d, const char *s, size_t len);
bool dict_remove(struct ev *ev, struct dict *d, struct value key);
uint32_t dict_len(const struct dict *d);
bool hash_value(struct ev *ev, struct value v, uint32_t *hash);
uint32_t hash_str(const char *s, size_t len);
static inline uint32_t vstr_hash(struct vstr *s)
{
	if (!s->hash)
		s->hash = hash_str(s->s, s->len);
	return s->hash;
}

const char *type_name(struct value v); /* Python's */
static inline bool is_tainted(struct value v)
{
	if (v.flags & VF_TAINT)
		return true;
	if (is_type(v, T_SEQ))
		return v.u.list->tainted;
	if (is_type(v, TYPE_BIT(V_DICT) | TYPE_BIT(V_NAMESPACE)))
		return v.u.dict->tainted;
	return v.type == V_VIEW && v.u.view->dict->tainted;
}
/* bool(v): 1, 0, or -1 after an error */
int truth(struct ev *ev, struct value v);
/* len(v), or -1 after an error; `quiet`: no error */
int64_t value_len(struct ev *ev, struct value v, bool quiet);
/* iter(v); NULL after an error, or quietly */
struct iter *value_iter(struct ev *ev, struct value v, bool quiet);
static inline int iter_next(struct ev *ev, struct iter *it, struct value *out)
{
	return it->done ? 0 : it->next(ev, it, out);
}
/* list(v): NULL after an error */
struct list *to_list(struct ev *ev, struct value v);

/* str(v) onto b; false after an error. */
bool add_str(struct buf *b, struct value v);
bool add_repr(struct buf *b, struct value v, unsigned depth);
void add_number(struct buf *b, struct value v);
void add_float(struct buf *b, double f);
/* ascii(x) of what repr(x) is */
struct value ascii_text(struct ev *ev, struct value v);
/* str(v) as a string value; poison after an error. Markup stays Markup with `soft`. */
struct value to_str(struct ev *ev, struct value v, bool soft);
/* JSON as json.dumps() writes it, with Jinja2's escapes. False after an error. */
bool add_json(struct buf *b, struct value v, const char *indent, size_t indent_len);
bool add_json_tree(struct buf *b, const struct json *v, unsigned depth);

/* Equality: 1, 0, -1 after an error. */
int value_eq(struct ev *ev, struct value a, struct value b, unsigned depth);
bool value_is(struct value a, struct value b);
/* a op b for OP_LT ... OP_GE: 1, 0, -1 after an error. */
int value_cmp(struct ev *ev, enum operator op, struct value a, struct value b, unsigned depth);
int value_contains(struct ev *ev, struct value seq, struct value item);
int value_op(struct ev *ev, enum operator op, struct value a, struct value b);

/* --- numbers.c ------------------------------------------------------------- */

double num_double(struct value v);
/* false: does not fit (or no integer) */
bool num_int64(struct value v, int64_t *out);
struct big *big_from_i64(struct arena *a, int64_t i);
struct big *big_from_text(struct arena *a, const char *digits, size_t len, bool neg);
/* Digits of a base up to 16, which are that. */
struct big *big_from_base(struct arena *a, const char *digits, size_t len, int base);
void big_add_text(struct buf *b, const struct big *big);
double big_double(const struct big *big);
int num_cmp(struct value a, struct value b); /* -1, 0, 1; 2: unordered (NaN) */
struct value num_binary(struct ev *ev, enum operator op, struct value a, struct value b);
struct value num_neg(struct ev *ev, struct value a);
struct value num_from_double(struct ev *ev, double f); /* int(f) */
uint32_t num_hash(struct value v);
struct value int_from_text(struct ev *ev, const char *s, size_t len,
			   int base); /* V_MISSING: none */
bool float_from_text(const char *s, size_t len, double *out);
struct value big_value(const struct big *big);

#endif
