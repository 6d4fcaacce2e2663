#ifndef TEMPLATE_INTERNAL_H
#define TEMPLATE_INTERNAL_H

/*
 * The room's own types: the tree that the parser makes, the values that the
 * evaluator computes with, and what the files of this room offer each other.
 */
#include "base/base.h"
#include "base/arena.h"
#include "template/template.h"

#include <setjmp.h>

/* --- values ---------------------------------------------------------------- */

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
	bool started;
};

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

const struct builtin *find_filter(const char *name, size_t len);
const struct builtin *find_test(const char *name, size_t len);
const struct builtin *filter_table(size_t i); /* NULL behind the last */
const struct builtin *test_table(size_t i);
struct name;
/* Fill in what `name` is as an attribute. */
void note_attr(struct name *name);
const struct method_def *find_method(enum value_type type, const char *name, size_t len);
const struct global_def *find_global(const char *name, size_t len);

extern const struct builtin string_filters[], seq_filters[], num_filters[];
extern const struct builtin tests[];
extern const struct method_def string_methods[], container_methods[];

struct value call_builtin(struct ev *ev, const struct builtin *b, const char *kind,
			  struct value self, const struct cargs *args);
struct value call_value(struct ev *ev, struct value callee, const struct cargs *args);
struct value call_filter_named(struct ev *ev, struct value name, struct value self,
			       const struct cargs *args);
struct value call_test_named(struct ev *ev, struct value name, struct value self,
			     const struct cargs *args);

/* --- the tree -------------------------------------------------------------- */

enum node_type {
	/* expressions */
	N_CONST,
	N_NAME,
	N_NSREF,
	N_TUPLE,
	N_LIST,
	N_DICT,
	N_UNARY,
	N_BINARY,
	N_AND,
	N_OR,
	N_NOT,
	N_COMPARE,
	N_CONCAT,
	N_COND,
	N_GETATTR,
	N_GETITEM,
	N_SLICE,
	N_CALL,
	N_FILTER,
	N_TEST,
	/* statements */
	N_DATA,
	N_OUTPUT,
	N_IF,
	N_FOR,
	N_SET,
	N_SET_BLOCK,
	N_MACRO,
	N_CALL_BLOCK,
	N_FILTER_BLOCK,
	N_WITH,
	N_SCOPE
};

enum operator{
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_FLOORDIV,
	OP_MOD,
	OP_POW,
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

enum name_ctx {
	CTX_LOAD,
	CTX_STORE,
	CTX_PARAM
};

struct name {
	struct vstr str;
	uint32_t index;
	bool free; /* read from the values somewhere */
	/* as an attribute: known of these types (a set of 1 << value_type), and what it is there */
	bool is_attr;
	uint8_t loop_attr; /* enum loop_attr + 1 */
	uint32_t attr_types;
	const struct method_def *dict_method, *str_method;
};

struct node_list {
	struct node **v;
	uint32_t nr, alloc;
};

struct node_args {
	struct node_list pos;
	struct node_list kw; /* values; their names in kw_names */
	struct name **kw_names;
	struct node *dyn_args, *dyn_kwargs;
};

/* What happens to the variables of a frame when it is entered. */
enum init_kind {
	INIT_PARAM,
	INIT_RESOLVE,
	INIT_ALIAS,
	INIT_UNDEFINED
};

struct frame_init {
	enum init_kind kind;
	uint16_t slot;
	uint16_t from_hops, from_slot; /* INIT_ALIAS */
	struct name *name;
};

struct frame_info {
	struct frame_init *inits;
	uint32_t nr;
};

struct function_info {
	uint32_t slots;
	bool captured; /* a macro inside may outlive the activation */
};

struct node {
	uint8_t type; /* enum node_type */
	uint8_t op;   /* enum operator; N_NAME: enum name_ctx */
	uint16_t depth;
	uint32_t off, len; /* in the template */
	union {
		struct value konst;
		struct {
			struct name *name;
			uint16_t hops, slot;
			struct name *attr; /* N_NSREF */
		} name;
		struct node_list list; /* N_TUPLE, N_LIST, N_DICT (k v k v), N_CONCAT, N_OUTPUT */
		struct {
			struct node *a, *b,
				*c; /* b of N_BINARY; N_COND: test, then, else; N_SLICE */
		} op;
		struct {
			struct node *expr;
			struct node_list operands;
			uint8_t *ops;
		} compare;
		struct {
			struct node *obj;
			struct name *name;
			struct node *arg; /* N_GETITEM */
		} get;
		struct {
			struct node *callee; /* N_FILTER, N_TEST: the value; NULL: of a block */
			struct name *name;
			const struct builtin *builtin; /* NULL: unknown, an error when reached */
			struct node_args args;
		} call;
		struct {
			const char *s;
			uint32_t len;
		} data;
		struct {
			struct node_list tests; /* then one body each, in `bodies` */
			struct node_list *bodies;
			struct node_list else_;
		} if_;
		struct {
			struct node *target, *iter, *test;
			struct node_list body, else_;
			bool recursive, has_else, extended;
			uint16_t loop_slot;
			struct frame_info body_frame, test_frame, else_frame;
			struct function_info function;	    /* of a recursive loop */
			struct function_info test_function; /* of the test */
			struct node *test_target;
		} for_;
		struct {
			struct node *target, *value; /* value: the filter, for a block */
			struct node_list body;
			struct frame_info frame;
		} set;
		struct {
			struct name *name;   /* N_MACRO */
			struct node *target; /* where N_MACRO is stored */
			struct node *call;   /* N_CALL_BLOCK */
			struct node_list args, defaults, body;
			struct frame_info frame;
			struct function_info function;
			bool uses_caller, uses_kwargs, uses_varargs, explicit_caller;
			uint16_t caller_slot, kwargs_slot, varargs_slot;
		} macro;
		struct {
			struct node *filter;
			struct node_list targets, values, body;
			struct frame_info frame;
		} block; /* N_FILTER_BLOCK, N_WITH, N_SCOPE */
	} u;
};

struct template
{
	struct arena arena;
	const char *text; /* as given, for the places of errors */
	size_t text_len;
	bool broken; /* it names a filter or test that there is not: rendered for its errors only */
	bool plain;
	const char *plain_text; /* after normalization */
	size_t plain_len;
	struct node_list body;
	struct frame_info frame;
	struct function_info function;
	struct name **names;
	uint32_t names_nr;
	const char **free_names;
	size_t free_names_nr;
};

/* --- lexing and parsing ---------------------------------------------------- */

enum token_type {
	T_EOF = 0,
	T_DATA,
	T_VARIABLE_BEGIN,
	T_VARIABLE_END,
	T_BLOCK_BEGIN,
	T_BLOCK_END,
	T_NAME,
	T_STRING,
	T_INTEGER,
	T_FLOAT,
	T_ADD,
	T_SUB,
	T_DIV,
	T_FLOORDIV,
	T_MUL,
	T_MOD,
	T_POW,
	T_TILDE,
	T_LBRACKET,
	T_RBRACKET,
	T_LPAREN,
	T_RPAREN,
	T_LBRACE,
	T_RBRACE,
	T_EQ,
	T_NE,
	T_GT,
	T_GTEQ,
	T_LT,
	T_LTEQ,
	T_ASSIGN,
	T_DOT,
	T_COLON,
	T_PIPE,
	T_COMMA,
	T_SEMICOLON
};

struct token {
	enum token_type type;
	uint32_t off, len;
	const char *s; /* data and strings: the decoded text; else: in the template */
	uint32_t s_len;
	double f;
	struct value number;
};

struct lexer {
	struct arena *arena;
	const char *text;
	size_t len, pos;
	enum {
		LEX_ROOT,
		LEX_VARIABLE,
		LEX_BLOCK
	} state;
	size_t data_pos, data_end; /* plain text still to be handed out */
	enum token_type pending;   /* the tag that follows it, or T_EOF */
	size_t tag;
	char *stack; /* open brackets */
	uint32_t stack_nr, stack_alloc;
	struct template_errors *errs;
};

/* The next token; false with an error added. */
bool lexer_next(struct lexer *lx, struct token *tok);
const char *token_name(enum token_type type);

bool parse_body(struct template *t, struct template_errors *errs);
bool resolve_scopes(struct template *t, struct template_errors *errs);
bool node_list_add(struct arena *arena, struct node_list *list, struct node *node);

void add_error(struct template_errors *errs, const char *rule, size_t off, size_t len,
	       const char *hint, const char *fmt, ...) PRINTF_LIKE(6, 7);

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
/* Nested eval() and exec(): keeps the C stack bounded. */
#define MAX_C_DEPTH 2500

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
	const struct node *at; /* the operation under way, for messages */
	uint64_t steps, iterations;
	unsigned depth;
	unsigned c_depth; /* nested eval(), to keep the C stack bounded */
	bool taint;	  /* the expression under way has read something sensitive */
	uint8_t origins_nr;
	uint32_t origins[MAX_ORIGINS]; /* values it has read, + 1 */
	struct value *resolved;	       /* by name index */
	char *room;		       /* the first allocations come from here */
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
bool is_tainted(struct value v);
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
void add_float(struct buf *b, double f);
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

/* --- text.c: strings as Python sees them, code point by code point ---------- */

uint32_t str_chars(struct vstr *s);
static inline bool str_ascii(struct vstr *s)
{
	return str_chars(s) == s->len;
}
/* byte offset of code point `i` (at most the length) */
size_t str_offset(struct vstr *s, uint64_t i);
struct value str_slice(struct ev *ev, struct value s, uint64_t from, uint64_t to);
size_t cp_decode(const char *s, size_t len, uint32_t *cp); /* never 0 */
bool cp_space(uint32_t cp);
bool cp_alpha(uint32_t cp);
bool cp_decimal(uint32_t cp);
bool cp_digit(uint32_t cp);
bool cp_numeric(uint32_t cp);
bool cp_lower(uint32_t cp);
bool cp_upper(uint32_t cp);
bool cp_title(uint32_t cp);
bool cp_printable(uint32_t cp);
bool cp_cased(uint32_t cp);
bool cp_case_ignorable(uint32_t cp);
bool cp_id_start(uint32_t cp);
bool cp_id_continue(uint32_t cp);
static inline bool cp_word(uint32_t cp)
{
	return cp == '_' || cp_alpha(cp) || cp_numeric(cp) || cp_decimal(cp) || cp_digit(cp);
}
enum case_mode {
	CASE_LOWER,
	CASE_UPPER,
	CASE_TITLE,
	CASE_FOLD
};
/* Full mapping: up to 3 code points. */
unsigned cp_case(uint32_t cp, enum case_mode mode, uint32_t out[3]);
struct value str_case(struct ev *ev, struct value s, enum case_mode mode);
struct value str_capitalize(struct ev *ev, struct value s);
struct value str_strip(struct ev *ev, struct value s, struct value chars, bool left, bool right);
struct value str_replace(struct ev *ev, struct value s, struct value old, struct value with,
			 int64_t count);
struct value str_pad(struct ev *ev, struct value s, int64_t width, char fill, char align);
struct list *str_splitlines(struct ev *ev, struct value s, bool keepends);
const char *mem_find(const char *hay, size_t hay_len, const char *needle, size_t needle_len);
void add_escaped_html(struct buf *b, const char *s, size_t len);
struct value html_escape(struct ev *ev, struct value v);
struct value v_same_markup(struct value v, struct value like);

/* --- format.c -------------------------------------------------------------- */

struct value format_percent(struct ev *ev, struct value fmt, struct value args);
struct value format_braces(struct ev *ev, struct value fmt, const struct cargs *args,
			   struct value *mapping);
bool format_spec(struct ev *ev, struct buf *b, struct value v, const char *spec, size_t len);

/* --- arguments of builtins ------------------------------------------------- */

bool arg_str(struct ev *ev, struct value v, const char *what, struct vstr **out);
bool arg_int(struct ev *ev, struct value v, const char *what, int64_t *out);
bool arg_bool(struct ev *ev, struct value v, bool *out);

/* --- values.c -------------------------------------------------------------- */

bool values_find(const struct template_values *values, const struct vstr *name, uint32_t *index,
		 const struct json **json, bool *sensitive);
bool values_sensitive(const struct template_values *values);
const char *nearest_value(const struct template_values *values, const char *name, char *buf,
			  size_t size);

#endif
