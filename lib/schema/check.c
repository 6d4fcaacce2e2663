#include "base/base.h"
#include "schema/internal.h"

#include "base/finding.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* How many names a hint lists before it says "...". */
#define NAMES_MAX 12

/* Where the walk is: the way down, each on the stack of who takes it. */
struct step {
	const struct json_member *member; /* NULL: an item */
	size_t item;
	bool known; /* the member is AWS's: its name is no secret */
	const struct step *outer;
};

struct walk {
	const char *operation;
	const char *const *allow;
	size_t allow_nr;
	const struct schema_visitor *visitor;
	struct schema_matcher *matcher;
	const struct step *at; /* NULL: the document */
	struct strbuf path;    /* that of a message is put together here: most have none */
	struct strbuf message, hint, fix;
};

static const char *string_at(uint32_t offset)
{
	return schema_strings + offset;
}

/* Report what is in w->message and w->hint, and empty them. */
static void report(struct walk *w, const char *rule, const struct json *value,
		   const struct json_member *member)
{
	struct schema_problem p = {
		.rule = rule,
		.value = value,
		.member = member,
		.message = w->message.buf,
		.hint = w->hint.len ? w->hint.buf : NULL,
		.fix = w->fix.len ? w->fix.buf : NULL,
	};

	w->visitor->report(&p, w->visitor->data);
	strbuf_reset(&w->message);
	strbuf_reset(&w->hint);
	strbuf_reset(&w->fix);
}

static bool is_sensitive(const struct walk *w, const struct json *value)
{
	return w->visitor->is_sensitive && w->visitor->is_sensitive(value, w->visitor->data);
}

/* The text of a scalar for a message, unless it is a secret. */
static void add_text(struct walk *w, struct strbuf *out, const struct json *value)
{
	if (is_sensitive(w, value))
		strbuf_addstr(out, "(sensitive)");
	else
		strbuf_add_printable(out, value->u.str.s, MIN(value->u.str.len, (size_t)100));
}

/* A name that a sensitive value made is one, too. */
static const char *shown_name(const struct walk *w, const struct json_member *m)
{
	const struct json name = { .type = JSON_STRING, .off = m->off, .len = m->len };

	return is_sensitive(w, &name) ? "(sensitive)" : m->name;
}

static void add_shown(const struct walk *w, const struct step *step, struct strbuf *path)
{
	const char *name;

	if (!step)
		return;
	add_shown(w, step->outer, path);
	if (!step->member) {
		strbuf_addf(path, "[%zu]", step->item);
		return;
	}
	name = step->known ? step->member->name : shown_name(w, step->member);
	if (path->len)
		strbuf_addch(path, '.');
	strbuf_add_printable(path, name,
			     MIN(name == step->member->name ? step->member->name_len : strlen(name),
				 (size_t)100));
}

/* "containerDefinitions[0].cpu", for messages; until the next call. */
static const char *shown_path(struct walk *w)
{
	strbuf_reset(&w->path);
	add_shown(w, w->at, &w->path);
	return w->path.buf;
}

/* Compared, never shown: sensitive names, too. */
static void add_plain(const struct step *step, struct strbuf *path)
{
	if (!step)
		return;
	add_plain(step->outer, path);
	if (!step->member)
		return;
	if (path->len)
		strbuf_addch(path, '.');
	strbuf_add(path, step->member->name, step->member->name_len);
}

static struct step step_to(struct walk *w, const struct json_member *member, bool known)
{
	return (struct step){ .member = member, .known = known, .outer = w->at };
}

/* "'cpu' of containerDefinitions[0]" or "the document". */
static void add_subject(struct walk *w)
{
	const char *path = shown_path(w);

	if (*path)
		strbuf_addf(&w->message, "'%s'", path);
	else
		strbuf_addstr(&w->message, "the document");
}

static const struct shape_member *find_member(const struct shape *shape, const char *name,
					      size_t len)
{
	size_t lo = 0, hi = shape->nr;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct shape_member *m = &schema_members[shape->first + mid];
		const char *s = string_at(m->name);
		int c = strncmp(name, s, len);

		if (!c && !s[len])
			return m;
		if (c < 0 || (!c && s[len]))
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* "containerDefinitions.cpu": does `allow` name where the walk is? */
static bool is_allowed(const struct walk *w)
{
	struct strbuf path = STRBUF_INIT;
	bool found = false;
	size_t i;

	if (!w->allow_nr)
		return false;
	add_plain(w->at, &path);
	for (i = 0; !found && i < w->allow_nr; i++)
		found = str_eq(w->allow[i], path.buf);
	strbuf_release(&path);
	return found;
}

static void list_names(struct walk *w, const struct shape *shape)
{
	size_t i, shown = 0;

	strbuf_addstr(&w->hint, "known here: ");
	for (i = 0; i < shape->nr; i++) {
		const struct shape_member *m = &schema_members[shape->first + i];

		if (m->flags & MEMBER_MISNOMER)
			continue;
		if (shown == NAMES_MAX) {
			strbuf_addstr(&w->hint, ", ...");
			break;
		}
		strbuf_addf(&w->hint, "%s%s", shown++ ? ", " : "", string_at(m->name));
	}
}

/* Is none as near as `near`? Then nothing else can have been meant. */
static bool is_only_nearest(const char *word, const char *near, const char *const *names, size_t nr)
{
	size_t len = strlen(word), i;
	unsigned distance = edit_distance(word, len, near, strlen(near), 3);

	for (i = 0; i < nr; i++)
		if (!str_eq(names[i], near) &&
		    edit_distance(word, len, names[i], strlen(names[i]), 3) <= distance)
			return false;
	return true;
}

/* `"region": "x"` beside what should hold it: does the member `right` have one of that name? */
static bool belongs_into(const struct shape *shape, const struct json_member *jm, const char *right)
{
	const struct shape_member *m = find_member(shape, right, strlen(right)), *inner;
	const struct shape *target = &schema_shapes[m->shape];

	if (target->type != SHAPE_STRUCTURE || jm->value.type == JSON_OBJECT)
		return false;
	inner = find_member(target, jm->name, jm->name_len);
	return inner && !(inner->flags & MEMBER_MISNOMER);
}

/* {"taskDefinition": {...}}: an answer of AWS, copied with what it was wrapped in. */
static bool is_wrapped(struct walk *w, const struct json *object)
{
	return !*shown_path(w) && object->u.object.nr == 1 &&
	       object->u.object.members[0].value.type == JSON_OBJECT &&
	       object->u.object.members[0].value.u.object.nr;
}

/* Reports an unknown member; returns the member that was probably meant, or NULL. */
static const char *unknown_member(struct walk *w, const struct shape *shape,
				  const struct json_member *jm, const struct shape_member *misnomer,
				  bool wrapped)
{
	const char *names[512], *right = NULL, *name = shown_name(w, jm);
	struct step step = step_to(w, jm, false);
	size_t i, nr = 0;

	for (i = 0; i < shape->nr && nr < ARRAY_SIZE(names); i++) {
		const struct shape_member *m = &schema_members[shape->first + i];

		if (!(m->flags & MEMBER_MISNOMER))
			names[nr++] = string_at(m->name);
	}
	right = misnomer ? string_at(misnomer->right) : nearest_word(name, names, nr);
	strbuf_addstr(&w->message, "unknown member '");
	strbuf_add_printable(&w->message, name,
			     MIN(name == jm->name ? jm->name_len : strlen(name), (size_t)100));
	strbuf_addch(&w->message, '\'');
	if (*shown_path(w))
		strbuf_addf(&w->message, " in '%s'", w->path.buf);
	w->at = &step;
	if (right && belongs_into(shape, jm, right)) {
		strbuf_addf(&w->hint, "it stands in '%s': \"%s\": {\"%s\": ...}", right, right,
			    jm->name);
	} else if (right) {
		strbuf_addf(&w->hint, "did you mean '%s'?", right);
		if (misnomer || is_only_nearest(jm->name, right, names, nr))
			strbuf_addstr(&w->fix, right);
	} else if (wrapped) {
		strbuf_addf(&w->hint, "what stands in it belongs at the top, without '%s'",
			    jm->name);
	} else if (nr) {
		list_names(w, shape);
	}
	if (!right && !wrapped && strchr(w->operation, ':')) {
		strbuf_addf(&w->hint,
			    "%sif AWS has it by now: git config --add gitops.schemaAllow %s",
			    nr ? "; " : "", shown_path(w));
	}
	w->at = step.outer;
	report(w, "schema-unknown", &jm->value, jm);
	return right;
}

static const char *wanted_name(const struct shape *shape)
{
	switch ((enum shape_type)shape->type) {
	case SHAPE_STRUCTURE:
	case SHAPE_MAP:
		return "an object";
	case SHAPE_LIST:
		return "an array";
	case SHAPE_STRING:
		return "a string";
	case SHAPE_INTEGER:
		return "a whole number";
	case SHAPE_NUMBER:
		return "a number";
	case SHAPE_BOOLEAN:
		return "true or false";
	case SHAPE_BLOB:
		return "a string in base64";
	case SHAPE_TIMESTAMP:
		return "a time, as a string or in seconds";
	}
	BUG("shape type %d", shape->type);
}

/* A string that would be the wanted number or boolean without its quotes? */
static bool is_quoted_literal(const struct shape *shape, const struct json *value)
{
	const char *s = value->u.str.s;
	char *end;

	if (value->type != JSON_STRING || !value->u.str.len)
		return false;
	if (shape->type == SHAPE_BOOLEAN)
		return str_eq(s, "true") || str_eq(s, "false");
	if (shape->type != SHAPE_INTEGER && shape->type != SHAPE_NUMBER)
		return false;
	if (!isdigit((unsigned char)*s) && *s != '-')
		return false;
	if (shape->type == SHAPE_INTEGER)
		strtoll(s, &end, 10);
	else
		strtod(s, &end);
	return !*end;
}

static void list_values(struct walk *w, const struct shape *shape)
{
	size_t i;

	strbuf_addstr(&w->hint, "it may be ");
	for (i = 0; i < shape->nr; i++)
		strbuf_addf(&w->hint, "%s\"%s\"", i ? ", " : "",
			    string_at(schema_enums[shape->first + i]));
}

static void wrong_type(struct walk *w, const struct shape *shape, const struct json *value)
{
	static const char *const found[] = { "null",	 "a boolean", "a number",
					     "a string", "an array",  "an object" };

	add_subject(w);
	if (shape->type == SHAPE_INTEGER && value->type == JSON_NUMBER)
		strbuf_addf(&w->message, " is %.40s, which is not %s", value->u.str.s,
			    wanted_name(shape));
	else
		strbuf_addf(&w->message, " is %s, not %s", found[value->type], wanted_name(shape));
	if (value->type == JSON_NULL) {
		strbuf_addstr(&w->hint, "leave the member out to leave it unset");
	} else if (is_quoted_literal(shape, value)) {
		strbuf_addstr(&w->hint, "remove the quotes around ");
		add_text(w, &w->hint, value);
		if (!is_sensitive(w, value))
			add_text(w, &w->fix, value);
	} else if (shape->type == SHAPE_STRING && shape->nr) {
		list_values(w, shape);
	} else if (shape->type == SHAPE_STRING && value->type == JSON_NUMBER) {
		strbuf_addstr(&w->hint, "put it in quotes: \"");
		add_text(w, &w->hint, value);
		strbuf_addch(&w->hint, '"');
		if (!is_sensitive(w, value))
			strbuf_addf(&w->fix, "\"%s\"", value->u.str.s);
	} else if (shape->type == SHAPE_STRING && value->type == JSON_BOOL) {
		strbuf_addf(&w->hint, "put it in quotes: \"%s\"",
			    value->u.boolean ? "true" : "false");
		if (!is_sensitive(w, value))
			strbuf_addf(&w->fix, "\"%s\"", value->u.boolean ? "true" : "false");
	} else if (shape->type == SHAPE_LIST && value->type != JSON_OBJECT) {
		strbuf_addstr(&w->hint, "put it in brackets; a list from a template is written "
					"{{ name | tojson }}, without quotes");
	} else if (shape->type == SHAPE_LIST) {
		strbuf_addstr(&w->hint, "put it in brackets: [ {...} ]");
	}
	report(w, "schema-type", value, NULL);
}

/* A bound in thousandths, as people write it. */
static void add_bound(struct strbuf *sb, int64_t bound)
{
	if (bound % 1000)
		strbuf_addf(sb, "%g", (double)bound / 1000);
	else
		strbuf_addf(sb, "%" PRId64, bound / 1000);
}

static void add_bounds(struct strbuf *sb, const struct shape *shape)
{
	if (shape->flags & SHAPE_HAS_MIN && shape->flags & SHAPE_HAS_MAX &&
	    shape->min == shape->max) {
		strbuf_addstr(sb, "exactly ");
		add_bound(sb, shape->min);
		return;
	}
	if (shape->flags & SHAPE_HAS_MIN) {
		strbuf_addstr(sb, "at least ");
		add_bound(sb, shape->min);
	}
	if (shape->flags & SHAPE_HAS_MAX) {
		strbuf_addstr(sb, shape->flags & SHAPE_HAS_MIN ? " and at most " : "at most ");
		add_bound(sb, shape->max);
	}
}

static bool within(const struct shape *shape, double value)
{
	return !(shape->flags & SHAPE_HAS_MIN && value * 1000 < (double)shape->min) &&
	       !(shape->flags & SHAPE_HAS_MAX && value * 1000 > (double)shape->max);
}

static void check_range(struct walk *w, const struct shape *shape, const struct json *value,
			double v)
{
	if (within(shape, v))
		return;
	add_subject(w);
	strbuf_addstr(&w->message, " is ");
	add_text(w, &w->message, value);
	strbuf_addstr(&w->message, ", out of range");
	strbuf_addstr(&w->hint, "it may be ");
	add_bounds(&w->hint, shape);
	report(w, "schema-range", value, NULL);
}

/* Returns false after a report. */
static bool check_length(struct walk *w, const struct shape *shape, const struct json *value,
			 size_t len, const char *unit)
{
	if (within(shape, (double)len))
		return true;
	add_subject(w);
	strbuf_addf(&w->message, " has %zu %s%s", len, unit, len == 1 ? "" : "s");
	strbuf_addstr(&w->hint, "it may have ");
	add_bounds(&w->hint, shape);
	report(w, "schema-length", value, NULL);
	return false;
}

static void check_enum(struct walk *w, const struct shape *shape, const struct json *value)
{
	const char *values[512], *near;
	size_t i, nr = MIN((size_t)shape->nr, ARRAY_SIZE(values));

	for (i = 0; i < nr; i++) {
		values[i] = string_at(schema_enums[shape->first + i]);
		if (str_eq(values[i], value->u.str.s) && strlen(values[i]) == value->u.str.len)
			return;
	}
	add_subject(w);
	strbuf_addstr(&w->message, " can't be '");
	add_text(w, &w->message, value);
	strbuf_addch(&w->message, '\'');
	near = is_sensitive(w, value) ? NULL : nearest_word(value->u.str.s, values, nr);
	if (near) {
		strbuf_addf(&w->hint, "did you mean '%s'? ", near);
		if (is_only_nearest(value->u.str.s, near, values, nr))
			strbuf_addf(&w->fix, "\"%s\"", near);
	}
	strbuf_addstr(&w->hint, near ? "It" : "it");
	strbuf_addstr(&w->hint, " may be ");
	for (i = 0; i < nr; i++) {
		if (i == NAMES_MAX && nr > NAMES_MAX + 2) {
			strbuf_addstr(&w->hint, ", ...");
			break;
		}
		strbuf_addf(&w->hint, "%s%s", i ? ", " : "", values[i]);
	}
	report(w, "schema-enum", value, NULL);
}

static void check_string(struct walk *w, const struct shape *shape, const struct json *value)
{
	size_t bytes = value->u.str.len;

	/* of so many bytes, each way: then the characters need not be counted */
	if (!(within(shape, (double)bytes) && within(shape, (double)((bytes + 3) / 4))) &&
	    !check_length(w, shape, value, utf8_length(value->u.str.s, bytes), "character"))
		return;
	if (shape->nr) {
		check_enum(w, shape, value);
		return;
	}
	if (!shape->pattern || schema_pattern_matches(w->matcher, shape->pattern - 1u,
						      value->u.str.s, value->u.str.len))
		return;
	/* the value itself may be a secret: the place is shown, it isn't */
	add_subject(w);
	strbuf_addstr(&w->message, " does not have the form that is asked for");
	strbuf_addf(&w->hint, "the pattern is %.300s",
		    string_at(schema_patterns[shape->pattern - 1u]));
	report(w, "schema-pattern", value, NULL);
}

static void check_value(struct walk *w, const struct shape *shape, const struct json *value);

static void check_union(struct walk *w, const struct shape *shape, const struct json *value)
{
	size_t known = 0, i;

	for (i = 0; i < value->u.object.nr; i++) {
		const struct json_member *jm = &value->u.object.members[i];

		known += find_member(shape, jm->name, jm->name_len) != NULL;
	}
	/* one that is unknown was meant for one of them: that is told */
	if (known == 1 || (!known && value->u.object.nr))
		return;
	add_subject(w);
	strbuf_addstr(&w->message, known ? " may have one member only" : " needs a member");
	list_names(w, shape);
	report(w, "schema-union", value, NULL);
}

static void check_structure(struct walk *w, const struct shape *shape, const struct json *value)
{
	const char *meant[64];
	size_t meant_nr = 0, i, k;
	bool wrapped = false;

	if (shape->flags & SHAPE_UNION)
		check_union(w, shape, value);
	for (i = 0; i < value->u.object.nr; i++) {
		const struct json_member *jm = &value->u.object.members[i];
		const struct shape_member *m = find_member(shape, jm->name, jm->name_len);
		struct step step = step_to(w, jm, m != NULL);
		bool skip;

		w->at = &step;
		skip = !m && is_allowed(w);
		if (m && (!(m->flags & MEMBER_MISNOMER) || m->flags & MEMBER_ACCEPTED))
			check_value(w, &schema_shapes[m->shape], &jm->value);
		w->at = step.outer;
		if (skip)
			continue;
		if (m && m->flags & MEMBER_ACCEPTED) {
			struct schema_problem p = { .rule = "schema-unknown",
						    .warning = true,
						    .value = &jm->value,
						    .member = jm };

			strbuf_addf(&w->message, "'%s' is a misspelling", jm->name);
			strbuf_addf(&w->hint, "it is taken as '%s'; write that",
				    string_at(m->right));
			strbuf_addstr(&w->fix, string_at(m->right));
			p.message = w->message.buf;
			p.hint = w->hint.buf;
			p.fix = w->fix.buf;
			w->visitor->report(&p, w->visitor->data);
			strbuf_reset(&w->message);
			strbuf_reset(&w->hint);
			strbuf_reset(&w->fix);
			continue;
		}
		if (!m || m->flags & MEMBER_MISNOMER) {
			const char *right;

			wrapped = !m && is_wrapped(w, value);
			right = unknown_member(w, shape, jm, m, wrapped);
			wrapped = wrapped && !right;
			if (right && meant_nr < ARRAY_SIZE(meant))
				meant[meant_nr++] = right;
		}
	}
	if (wrapped)
		return;
	for (i = 0; i < shape->nr; i++) {
		const struct shape_member *m = &schema_members[shape->first + i];
		const char *name = string_at(m->name);
		bool was_meant = false;

		if (!(m->flags & MEMBER_REQUIRED) || json_get_member(value, name))
			continue;
		/* misspelt is one mistake, not two */
		for (k = 0; k < meant_nr; k++)
			was_meant |= str_eq(meant[k], name);
		if (was_meant)
			continue;
		if (*shown_path(w))
			strbuf_addf(&w->message, "'%s' lacks '%s'", w->path.buf, name);
		else
			strbuf_addf(&w->message, "'%s' is missing", name);
		strbuf_addf(&w->hint, "add \"%s\" here, %s", name,
			    wanted_name(&schema_shapes[m->shape]));
		report(w, "schema-required", value, NULL);
	}
}

static void check_list(struct walk *w, const struct shape *shape, const struct json *value)
{
	size_t i;

	check_length(w, shape, value, value->u.array.nr, "item");
	for (i = 0; i < value->u.array.nr; i++) {
		struct step step = { .item = i, .outer = w->at };

		w->at = &step;
		check_value(w, &schema_shapes[shape->element], &value->u.array.items[i]);
		w->at = step.outer;
	}
}

static void check_map(struct walk *w, const struct shape *shape, const struct json *value)
{
	size_t i;

	check_length(w, shape, value, value->u.object.nr, "member");
	for (i = 0; i < value->u.object.nr; i++) {
		const struct json_member *jm = &value->u.object.members[i];
		struct step step = step_to(w, jm, false);
		struct json name = { .type = JSON_STRING, .off = jm->off, .len = jm->len };

		w->at = &step;
		name.u.str.s = jm->name;
		name.u.str.len = jm->name_len;
		check_value(w, &schema_shapes[shape->key], &name);
		check_value(w, &schema_shapes[shape->element], &jm->value);
		w->at = step.outer;
	}
}

static void check_value(struct walk *w, const struct shape *shape, const struct json *value)
{
	double number;
	int64_t whole;

	if (shape->flags & SHAPE_DOCUMENT)
		return;
	switch ((enum shape_type)shape->type) {
	case SHAPE_STRUCTURE:
		if (value->type != JSON_OBJECT)
			break;
		check_structure(w, shape, value);
		return;
	case SHAPE_LIST:
		if (value->type == JSON_OBJECT && shape->flags & SHAPE_SINGLE_ALLOWED) {
			check_value(w, &schema_shapes[shape->element], value);
			return;
		}
		if (value->type != JSON_ARRAY)
			break;
		check_list(w, shape, value);
		return;
	case SHAPE_MAP:
		if (value->type != JSON_OBJECT)
			break;
		check_map(w, shape, value);
		return;
	case SHAPE_STRING:
		if (value->type != JSON_STRING)
			break;
		check_string(w, shape, value);
		return;
	case SHAPE_BLOB:
		if (value->type != JSON_STRING)
			break;
		return;
	case SHAPE_INTEGER:
		/* 3.0 is a whole number to us and a float to every AWS SDK: refused there */
		if (!json_int(value, &whole) || strpbrk(value->u.str.s, ".eE"))
			break;
		check_range(w, shape, value, (double)whole);
		return;
	case SHAPE_NUMBER:
		if (!json_double(value, &number))
			break;
		check_range(w, shape, value, number);
		return;
	case SHAPE_BOOLEAN:
		if (value->type != JSON_BOOL)
			break;
		return;
	case SHAPE_TIMESTAMP:
		if (value->type != JSON_STRING && value->type != JSON_NUMBER)
			break;
		return;
	}
	wrong_type(w, shape, value);
}

void schema_check(enum schema_input input, const struct json *document,
		  struct schema_matcher *matcher, const char *const *allow, size_t allow_nr,
		  const struct schema_visitor *visitor)
{
	struct walk w = {
		.operation = schema_roots[input].name,
		.allow = allow,
		.allow_nr = allow_nr,
		.visitor = visitor,
		.matcher = matcher,
		.path = STRBUF_INIT,
		.message = STRBUF_INIT,
		.hint = STRBUF_INIT,
		.fix = STRBUF_INIT,
	};

	check_value(&w, &schema_shapes[schema_roots[input].shape], document);
	strbuf_release(&w.path);
	strbuf_release(&w.message);
	strbuf_release(&w.hint);
	strbuf_release(&w.fix);
}

const char *schema_input_name(enum schema_input input)
{
	return schema_roots[input].name;
}

bool schema_has_member(enum schema_input input, const char *name)
{
	const struct shape *shape = &schema_shapes[schema_roots[input].shape];
	const struct shape_member *m = find_member(shape, name, strlen(name));

	return m && !(m->flags & MEMBER_MISNOMER);
}
