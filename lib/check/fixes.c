#include "check/internal.h"

/*
 * A repair is made in the text that the user wrote. What AWS's shapes have a
 * finding about is rendered text; it is repaired where its bytes are those of
 * the template, or where a template passes a value on as it stands in the
 * object's own input file.
 */

/* Do the bytes of `rendered` stand in the template like that, in one piece? */
static bool find_literal(const struct document *doc, size_t off, size_t len, size_t *source)
{
	size_t i, at, at_len;

	*source = off;
	if (off + len > doc->rendered.len)
		return false;
	for (i = 0; !doc->plain && i < len; i++) {
		const struct template_run *run =
			template_map_find(&doc->map, off + i, &at, &at_len);

		if (!run || !run->literal)
			return false;
		if (!i)
			*source = at;
		else if (at != *source + i)
			return false;
	}
	return *source + len <= doc->source.len &&
	       !memcmp(doc->source.buf + *source, doc->rendered.buf + off, len);
}

static void set_fix(struct finding *f, const char *path, size_t off, size_t len, const char *text)
{
	const struct finding_fix fix = {
		.path = (char *)path, .off = off, .len = len, .text = (char *)text
	};

	finding_set_fix(f, &fix);
}

/* "{{ name }}": the name, or NULL for every other text. */
static char *passed_on(const char *text, size_t len)
{
	const char *end = text + len, *name;

	if (len < 4 || text[0] != '{' || text[1] != '{' || end[-1] != '}' || end[-2] != '}')
		return NULL;
	text += 2;
	end -= 2;
	while (text < end && isspace((unsigned char)*text))
		text++;
	while (text < end && isspace((unsigned char)end[-1]))
		end--;
	for (name = text; name < end; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return NULL;
	return text < end ? xmemdupz(text, (size_t)(end - text)) : NULL;
}

/* The value stands in the object's input: repair it there. */
static void fix_input(struct finding *f, const struct service *service, const struct document *doc,
		      const struct schema_problem *problem)
{
	const struct document *input = &service->docs[ROLE_INPUT];
	const struct json *value = problem->value, *own;
	size_t open, close;
	char *name;

	f->unfixable = "the text comes from an expression";
	if (problem->member || value->type != JSON_STRING || value->len < 3 ||
	    !find_literal(doc, value->off, 1, &open) ||
	    !find_literal(doc, value->off + value->len - 1, 1, &close) || close < open)
		return;
	name = passed_on(doc->source.buf + open + 1, close - open - 1);
	if (!name)
		return;
	own = json_get(input->json, name);
	free(name);
	f->unfixable = "the value comes from a file that others may use, too";
	if (!own || own->type != JSON_STRING || own->u.str.len != value->u.str.len ||
	    memcmp(own->u.str.s, value->u.str.s, value->u.str.len) != 0)
		return;
	f->unfixable = NULL;
	set_fix(f, input->path, own->off, own->len, problem->fix);
}

/* From an expression to the whole of its tag: "{{- x }}". False when it is not all of it. */
static bool find_tag(const struct strbuf *source, size_t *off, size_t *len)
{
	const char *begin = source->buf + *off, *end = begin + *len;
	const char *first = source->buf, *last = first + source->len;

	while (begin > first && isspace((unsigned char)begin[-1]))
		begin--;
	while (end < last && isspace((unsigned char)*end))
		end++;
	if (begin > first && (begin[-1] == '-' || begin[-1] == '+'))
		begin--;
	if (end < last && (*end == '-' || *end == '+'))
		end++;
	if (begin - first < 2 || last - end < 2 || memcmp(begin - 2, "{{", 2) != 0 ||
	    memcmp(end, "}}", 2) != 0)
		return false;
	*off = (size_t)(begin - 2 - first);
	*len = (size_t)(end + 2 - (begin - 2));
	return true;
}

/* Quotes that are there or not: the text between them may be an expression. */
static bool fix_quotes(struct finding *f, const struct document *doc,
		       const struct schema_problem *problem)
{
	const struct json *value = problem->value;
	size_t open, close, off, len;
	char *text;

	if (value->type == JSON_STRING) {
		if (!find_literal(doc, value->off, 1, &open) ||
		    !find_literal(doc, value->off + value->len - 1, 1, &close) || close <= open)
			return false;
		text = xmemdupz(doc->source.buf + open + 1, close - open - 1);
		off = open;
		len = close + 1 - open;
	} else {
		const struct template_run *run =
			template_map_find(&doc->map, value->off, &off, &len);

		/* all of it from one expression */
		if (!run || run->literal || run->out_off != value->off ||
		    template_map_find(&doc->map, value->off + value->len - 1, &open, &close) !=
			    run ||
		    !find_tag(&doc->source, &off, &len))
			return false;
		text = xstrfmt("\"%.*s\"", (int)MIN(len, (size_t)INT_MAX), doc->source.buf + off);
	}
	set_fix(f, doc->path, off, len, text);
	free(text);
	return true;
}

void check_set_text(struct finding *f, const struct document *doc, const struct json *value,
		    const char *text, size_t len)
{
	size_t source;
	char *copy;

	if (!f)
		return;
	if (!find_literal(doc, value->off, value->len, &source)) {
		f->unfixable = "the text comes from an expression";
		return;
	}
	copy = xmemdupz(text, len);
	set_fix(f, doc->path, source, value->len, copy);
	free(copy);
}

void check_set_fix(struct finding *f, const struct service *service, const struct document *doc,
		   const struct schema_problem *problem)
{
	const struct json *value = problem->value;
	size_t source;
	char *text;

	if (!f)
		return;
	if (problem->member) {
		const struct json_member *member = problem->member;

		if (!find_literal(doc, member->off, member->len, &source)) {
			f->unfixable = "the text comes from an expression";
			return;
		}
		text = xstrfmt("\"%s\"", problem->fix);
		set_fix(f, doc->path, source, member->len, text);
		free(text);
	} else if (find_literal(doc, value->off, value->len, &source)) {
		set_fix(f, doc->path, source, value->len, problem->fix);
	} else if (!str_eq(problem->rule, "schema-type") || !fix_quotes(f, doc, problem)) {
		fix_input(f, service, doc, problem);
	}
}
