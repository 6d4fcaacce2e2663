#include "base/base.h"
#include "base/finding.h"
#include "template/internal.h"

/* The room's door: parsing, rendering, and what is told of errors. */

void template_errors_cut(struct template_errors *errs, size_t nr)
{
	while (errs->nr > nr) {
		struct template_error *e = &errs->v[--errs->nr];

		free(e->message);
		free(e->hint);
	}
}

void template_errors_release(struct template_errors *errs)
{
	template_errors_cut(errs, 0);
	free(errs->v);
	*errs = (struct template_errors){ .max = errs->max };
}

static size_t max_errors(const struct template_errors *errs)
{
	return errs->max ? errs->max : TEMPLATE_MAX_ERRORS;
}

static bool is_known(const struct template_errors *errs, size_t from, const char *rule, size_t off,
		     size_t len)
{
	size_t i;

	for (i = from; i < errs->nr; i++)
		if (errs->v[i].off == off && (!len || errs->v[i].len == len) &&
		    str_eq(errs->v[i].rule, rule))
			return true;
	return false;
}

static void vadd_error(struct template_errors *errs, const char *rule, size_t off, size_t len,
		       const char *hint, const char *fmt, va_list ap)
{
	struct strbuf message = STRBUF_INIT;
	struct template_error *e;

	if (errs->nr >= max_errors(errs))
		return;
	ALLOC_GROW(errs->v, errs->nr + 1, errs->alloc);
	e = &errs->v[errs->nr++];
	strbuf_vaddf(&message, fmt, ap);
	*e = (struct template_error){ .rule = rule,
				      .off = off,
				      .len = len ? len : 1,
				      .message = strbuf_detach(&message, NULL),
				      .hint = xstrdup_or_null(hint) };
}

void add_error(struct template_errors *errs, const char *rule, size_t off, size_t len,
	       const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd_error(errs, rule, off, len, hint, fmt, ap);
	va_end(ap);
}

/* --- parsing ----------------------------------------------------------------- */

static bool has_tags(const char *text, size_t len)
{
	const char *p = text, *end = text + len;

	while ((p = memchr(p, '{', (size_t)(end - p))) != NULL) {
		p++;
		if (p < end && (*p == '{' || *p == '%' || *p == '#'))
			return true;
	}
	return false;
}

/* Plain text: only line ends change, and one at the end goes away. */
static void parse_plain(struct template *t)
{
	size_t len = t->text_len, i, n = 0;
	char *copy;

	t->plain = true;
	if (len && t->text[len - 1] == '\n')
		len--;
	if (len && t->text[len - 1] == '\r' && (len == t->text_len || t->text[len] == '\n'))
		len--;
	t->plain_text = t->text;
	t->plain_len = len;
	if (!memchr(t->text, '\r', len))
		return;
	copy = arena_alloc(&t->arena, len + 1);
	for (i = 0; i < len; i++) {
		copy[n++] = t->text[i] == '\r' ? '\n' : t->text[i];
		if (t->text[i] == '\r' && i + 1 < len && t->text[i + 1] == '\n')
			i++;
	}
	t->plain_text = copy;
	t->plain_len = n;
}

struct template *template_parse(const char *text, size_t len, struct template_errors *errs)
{
	struct template *t;

	if (len >= UINT32_MAX / 2) {
		add_error(errs, LIMIT_ERROR, 0, 1, NULL, "the template is too large");
		return NULL;
	}
	if (!has_tags(text, len)) {
		/* one allocation: most files hold no tag at all */
		t = xmalloc(sizeof(*t) + len + 1);
		memset(t, 0, sizeof(*t));
		memcpy(t + 1, text, len);
		t->text = (const char *)(t + 1);
		((char *)(t + 1))[len] = '\0';
		t->text_len = len;
		parse_plain(t);
		return t;
	}
	t = xmalloc(sizeof(*t) + len + 1);
	memset(t, 0, sizeof(*t));
	memcpy(t + 1, text, len);
	((char *)(t + 1))[len] = '\0';
	t->text = (const char *)(t + 1);
	t->text_len = len;
	if (!parse_body(t, errs) || !resolve_scopes(t, errs)) {
		template_free(t);
		return NULL;
	}
	find_folded(t);
	return t;
}

void template_free(struct template *t)
{
	if (!t)
		return;
	arena_release(&t->arena);
	free(t);
}

bool template_is_plain(const struct template *t)
{
	return t->plain;
}

size_t template_names(const struct template *t, const char *const **names)
{
	*names = t->free_names;
	return t->free_names_nr;
}

/* --- errors of a rendering --------------------------------------------------- */

/* Whose call it was: `hint`, and the macros that are running. */
static const char *with_calls(struct ev *ev, const char *hint, struct strbuf *buf)
{
	const struct call_site *site = ev->calls;
	unsigned line, column, i;

	if (!site)
		return hint;
	if (hint)
		strbuf_addf(buf, "%s; ", hint);
	if (site->def->type == N_MACRO)
		strbuf_addf(buf, "in the macro '%s'", site->def->u.macro.name->str.s);
	else
		strbuf_addstr(buf, "in the body of a call block");
	for (i = 0; site && i < 3; i++, site = site->outer) {
		text_position(ev->t->text, ev->t->text_len, site->at ? site->at->off : 0, &line,
			      &column);
		strbuf_addf(buf, "%s at %u:%u", i ? ", its caller" : ", called", line, column);
	}
	if (site)
		strbuf_addstr(buf, ", ...");
	return buf->buf;
}

static size_t count_quotes(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '\'';
	return n;
}

/*
 * What an operation on a sensitive value says of it may quote it. Only what
 * stands in the template anyway is left in quotes.
 */
static void mask_quoted(struct strbuf *out, const struct template *t, const char *fmt,
			const char *message)
{
	/* a quote within what is quoted: who knows where it ends */
	bool clear = count_quotes(fmt) == count_quotes(message);
	const char *p = message, *open, *close;

	while ((open = strchr(p, '\'')) &&
	       (close = clear ? strchr(open + 1, '\'') : strrchr(open + 1, '\''))) {
		size_t len = (size_t)(close - open - 1);

		strbuf_add(out, p, (size_t)(open - p));
		if (clear && memmem(t->text, t->text_len, open + 1, len))
			strbuf_add(out, open, len + 2);
		else
			strbuf_addstr(out, "(sensitive)");
		p = close + 1;
	}
	strbuf_addstr(out, p);
}

static void ev_add(struct ev *ev, const struct node *at, const char *rule, const char *hint,
		   const char *fmt, va_list ap)
{
	size_t off = at ? at->off : 0, len = at ? at->len : 1;
	struct strbuf calls = STRBUF_INIT;

	if (is_known(ev->errs, ev->errs_start, rule, off, len ? len : 1))
		return; /* the same place in another round of a loop */
	if (ev->t->broken && is_known(ev->errs, 0, rule, off, 0))
		return; /* parsing said so, with a hint */
	hint = with_calls(ev, hint, &calls);
	if (ev->taint) {
		struct strbuf message = STRBUF_INIT, masked = STRBUF_INIT;

		strbuf_vaddf(&message, fmt, ap);
		mask_quoted(&masked, ev->t, fmt, message.buf);
		add_error(ev->errs, rule, off, len, hint, "%s", masked.buf);
		strbuf_release_secret(&message);
		strbuf_release(&masked);
	} else {
		vadd_error(ev->errs, rule, off, len, hint, fmt, ap);
	}
	strbuf_release(&calls);
	if (ev->errs->nr >= max_errors(ev->errs))
		longjmp(ev->fatal, 1);
}

void ev_limit(struct ev *ev, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ev_add(ev, ev->at, LIMIT_ERROR, NULL, fmt, ap);
	va_end(ap);
	/* all memory belongs to the rendering: nothing leaks on this way out */
	longjmp(ev->fatal, 1);
}

struct value ev_fail(struct ev *ev, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ev_add(ev, ev->at, rule, NULL, fmt, ap);
	va_end(ap);
	return v_poison();
}

struct value ev_fail_at(struct ev *ev, const struct node *at, const char *rule, const char *hint,
			const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ev_add(ev, at, rule, hint, fmt, ap);
	va_end(ap);
	return v_poison();
}

static const char *nearest_member(struct ev *ev, struct value obj, const char *name)
{
	const char *names[200], *near;
	struct dict *d;
	size_t nr = 0;
	uint32_t i;

	if (!is_type(obj, TYPE_BIT(V_DICT) | TYPE_BIT(V_NAMESPACE)))
		return NULL;
	d = dict_of(ev, obj);
	for (i = 0; i < d->nr && nr < ARRAY_SIZE(names); i++)
		if (d->e[i].key.type == V_STRING)
			names[nr++] = d->e[i].key.u.str->s;
	near = nearest_word(name, names, nr);
	if (near)
		return arena_strfmt(&ev->arena, "did you mean '%s'?", near);
	if (nr && nr <= 8) {
		struct buf b;
		size_t k;

		buf_init(&b, ev);
		buf_addstr(&b, "it has:");
		for (k = 0; k < nr; k++)
			buf_addf(&b, "%s '%s'", k ? "," : "", names[k]);
		return buf_value(&b).u.str->s;
	}
	return NULL;
}

struct value ev_undefined(struct ev *ev, struct value v)
{
	const struct undef *u = v.u.undef;
	const struct node *at = u->at ? u->at : ev->at;
	char hint[300];

	if (u->unsafe)
		return ev_fail_at(ev, at, UNSAFE_ERROR, NULL,
				  "access to the attribute '%s' is not allowed", u->name->s);
	if (u->message && !u->name)
		return ev_fail_at(ev, at, UNDEFINED_ERROR, NULL, "%s", u->message);
	if (u->obj.type == V_MISSING) {
		const char *near =
			ev->values ? nearest_value(ev->values, u->name->s, hint, sizeof(hint)) :
				     NULL;

		return ev_fail_at(ev, at, UNDEFINED_ERROR, near, "'%s' is undefined", u->name->s);
	}
	if (is_tainted(u->obj) || ev->taint)
		return ev_fail_at(ev, at, UNDEFINED_ERROR, NULL, "the %s has no such member",
				  type_name(u->obj));
	return ev_fail_at(ev, at, UNDEFINED_ERROR, nearest_member(ev, u->obj, u->name->s),
			  u->message ? "the %s has no element %s" : "the %s has no member '%s'",
			  type_name(u->obj), u->name->s);
}

/* --- rendering --------------------------------------------------------------- */

static int render_plain(const struct template *t, const struct template_limits *limits,
			struct strbuf *out, struct template_map *map, struct template_errors *errs)
{
	if (t->plain_len > limits->output) {
		add_error(errs, LIMIT_ERROR, 0, 1, NULL,
			  "the output is too long (more than %zu bytes)", limits->output);
		return -1;
	}
	strbuf_add(out, t->plain_text, t->plain_len);
	if (out->overflow) {
		add_error(errs, LIMIT_ERROR, 0, 1, NULL,
			  "the output is too long (more than %zu bytes)", out->max);
		return -1;
	}
	if (map) {
		ALLOC_GROW(map->runs, 1, map->alloc);
		map->nr = 1;
		map->runs[0] = (struct template_run){ .tmpl_len = t->text_len, .literal = true };
		map->out_len = t->plain_len;
	}
	return 0;
}

static bool run(struct ev *ev, const struct template *t)
{
	if (setjmp(ev->fatal))
		return false;
	ev->resolved = ev_alloc(ev, (t->names_nr + 1) * sizeof(*ev->resolved));
	ev->act = ev_alloc(ev, sizeof(*ev->act) + (t->function.slots + 1) * sizeof(struct value));
	enter_frame(ev, &t->frame);
	exec_list(ev, &t->body);
	return true;
}

int template_render(const struct template *t, const struct template_values *values,
		    const struct template_limits *limits, struct strbuf *out,
		    struct template_map *map, struct template_errors *errs)
{
	static const struct template_limits defaults = TEMPLATE_LIMITS_DEFAULT;
	size_t start = out->len, errs_before = errs->nr;
	struct ev ev;
	_Alignas(16) char room[6144];
	struct buf main_out = { .sb = out, .p = out->buf, .len = start, .cap = start };
	bool finished;

	if (!limits)
		limits = &defaults;
	if (map)
		map->nr = map->out_len = 0;
	if (t->plain)
		return render_plain(t, limits, out, map, errs);
	memset(&ev, 0, offsetof(struct ev, fatal));
	ev.t = t;
	ev.values = values;
	ev.limits = *limits;
	ev.out = &main_out;
	ev.out_start = start;
	ev.map = map;
	ev.errs = errs;
	ev.errs_start = errs_before;
	arena_init(&ev.arena, limits->memory);
	ev.room = room;
	ev.room_left = sizeof(room);
	main_out.ev = &ev;
	buf_grow(&main_out, MIN(t->text_len + 64, limits->output));
	finished = run(&ev, t);
	finished = finished && errs->nr == errs_before && !t->broken;
	out->len = finished ? main_out.len : start;
	if (out->alloc)
		out->buf[out->len] = '\0';
	if (map)
		map->out_len = out->len - start;
	if (values && values_sensitive(values)) {
		explicit_bzero(room, sizeof(room));
		arena_release_secret(&ev.arena);
	} else {
		arena_release(&ev.arena);
	}
	return finished ? 0 : -1;
}

/* --- the map ------------------------------------------------------------------- */

void template_map_release(struct template_map *map)
{
	free(map->runs);
	*map = (struct template_map){ 0 };
}

static size_t find_run(const struct template_map *map, size_t off)
{
	size_t lo = 0, hi = map->nr;

	while (lo + 1 < hi) {
		size_t mid = (lo + hi) / 2;

		if (map->runs[mid].out_off <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

const struct template_run *template_map_find(const struct template_map *map, size_t out_off,
					     size_t *tmpl_off, size_t *tmpl_len)
{
	const struct template_run *run;

	if (!map->nr)
		return NULL;
	run = &map->runs[find_run(map, out_off)];
	*tmpl_off = run->tmpl_off;
	*tmpl_len = run->tmpl_len;
	if (run->literal) {
		size_t in = out_off - run->out_off;

		*tmpl_off += run->tmpl_len ? MIN(in, run->tmpl_len - 1) : 0;
		*tmpl_len = 1;
	}
	return run;
}

bool template_map_sensitive(const struct template_map *map, size_t off, size_t len)
{
	size_t i;

	if (!map->nr)
		return false;
	for (i = find_run(map, off); i < map->nr; i++) {
		if (i && map->runs[i].out_off >= off + MAX(len, (size_t)1))
			break;
		if (map->runs[i].sensitive)
			return true;
	}
	return false;
}

/* --- the documentation's test ---------------------------------------------------- */

const char *template_filter_name(size_t i)
{
	const struct builtin *b = filter_table(i);

	return b ? b->name : NULL;
}

const char *template_test_name(size_t i)
{
	const struct builtin *b = test_table(i);

	return b ? b->name : NULL;
}
