#include "base/base.h"
#include "template/filters.h"
#include "template/methods.h"

/* Finding filters, tests, methods and functions by their names. */

bool is_called(const char *known, const char *name, size_t len)
{
	return known[0] == name[0] && strlen(known) == len && !memcmp(known, name, len);
}

static const struct builtin *find_in(const struct builtin *table, const char *name, size_t len)
{
	for (; table->name; table++)
		if (is_called(table->name, name, len))
			return table;
	return NULL;
}

static const struct builtin *const filter_tables[] = { string_filters, wrap_filters, seq_filters,
						       sort_filters,   lazy_filters, num_filters };

const struct builtin *find_filter(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(filter_tables); i++) {
		const struct builtin *b = find_in(filter_tables[i], name, len);

		if (b)
			return b;
	}
	return NULL;
}

const struct builtin *find_test(const char *name, size_t len)
{
	return find_in(tests, name, len);
}

/* The i-th that is supported, and not a mere operator. */
static const struct builtin *nth(const struct builtin *table, size_t *i)
{
	for (; table->name; table++)
		if (table->fn && isalpha((unsigned char)table->name[0]) && !(*i)--)
			return table;
	return NULL;
}

const struct builtin *filter_table(size_t i)
{
	size_t t;

	for (t = 0; t < ARRAY_SIZE(filter_tables); t++) {
		const struct builtin *b = nth(filter_tables[t], &i);

		if (b)
			return b;
	}
	return NULL;
}

const struct builtin *test_table(size_t i)
{
	return nth(tests, &i);
}

static const struct method_def *const method_tables[] = { string_methods, find_methods, is_methods,
							  container_methods };

/* Attributes that are no methods; see own_attr(). */
static uint32_t plain_attr_types(const char *name)
{
	static const struct {
		const char *name;
		uint32_t types;
	} attrs[] = {
		{ "name", TYPE_BIT(V_MACRO) },
		{ "arguments", TYPE_BIT(V_MACRO) },
		{ "catch_kwargs", TYPE_BIT(V_MACRO) },
		{ "catch_varargs", TYPE_BIT(V_MACRO) },
		{ "caller", TYPE_BIT(V_MACRO) },
		{ "explicit_caller", TYPE_BIT(V_MACRO) },
		{ "unescape", TYPE_BIT(V_STRING) },
		{ "striptags", TYPE_BIT(V_STRING) },
		{ "escape", TYPE_BIT(V_STRING) },
		{ "current", TYPE_BIT(V_CYCLER) },
		{ "grouper", TYPE_BIT(V_TUPLE) },
		{ "list", TYPE_BIT(V_TUPLE) },
		{ "start", TYPE_BIT(V_RANGE) },
		{ "stop", TYPE_BIT(V_RANGE) },
		{ "step", TYPE_BIT(V_RANGE) },
		{ "real", T_NUMBER },
		{ "imag", T_NUMBER },
		{ "numerator", T_INTEGRAL },
		{ "denominator", T_INTEGRAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++)
		if (str_eq(attrs[i].name, name))
			return attrs[i].types;
	return 0;
}

void note_attr(struct name *name)
{
	const char *s = name->str.s;
	size_t i;

	if (name->is_attr)
		return;
	name->is_attr = true;
	name->loop_attr = (uint8_t)(loop_attr_index(s, name->str.len) + 1);
	name->attr_types = TYPE_BIT(V_NAMESPACE) | TYPE_BIT(V_LOOP) | plain_attr_types(s);
	if (s[0] == '_' && s[1] == '_')
		name->attr_types = UINT32_MAX;
	for (i = 0; i < ARRAY_SIZE(method_tables); i++) {
		const struct method_def *m;

		for (m = method_tables[i]; m->b.name; m++) {
			if (m->b.name[0] != s[0] || !str_eq(m->b.name, s))
				continue;
			name->attr_types |= m->types;
			if (m->types & TYPE_BIT(V_DICT))
				name->dict_method = m;
			if (m->types & TYPE_BIT(V_STRING))
				name->str_method = m;
		}
	}
}

const struct method_def *find_method(enum value_type type, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(method_tables); i++) {
		const struct method_def *m;

		for (m = method_tables[i]; m->b.name; m++)
			if ((m->types & TYPE_BIT(type)) && is_called(m->b.name, name, len))
				return m;
	}
	return NULL;
}
