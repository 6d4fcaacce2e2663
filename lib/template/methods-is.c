#include "base/base.h"
#include "template/methods.h"

/* Methods of str that answer a question. */

static struct value all_are(struct value self, bool (*is)(uint32_t))
{
	const struct vstr *s = self.u.str;
	size_t i = 0;

	while (i < s->len) {
		uint32_t cp;

		i += cp_decode(s->s + i, s->len - i, &cp);
		if (!is(cp))
			return v_bool(false);
	}
	return v_bool(s->len > 0);
}

static bool is_alnum(uint32_t cp)
{
	return cp_alpha(cp) || cp_decimal(cp) || cp_digit(cp) || cp_numeric(cp);
}

METHOD(m_isalnum)
{
	return all_are(self, is_alnum);
}

METHOD(m_isalpha)
{
	return all_are(self, cp_alpha);
}

METHOD(m_isdecimal)
{
	return all_are(self, cp_decimal);
}

METHOD(m_isdigit)
{
	return all_are(self, cp_digit);
}

METHOD(m_isnumeric)
{
	return all_are(self, cp_numeric);
}

METHOD(m_isspace)
{
	return all_are(self, cp_space);
}

METHOD(m_isprintable)
{
	return self.u.str->len ? all_are(self, cp_printable) : v_bool(true);
}

METHOD(m_isascii)
{
	return v_bool(str_ascii(self.u.str));
}

METHOD(m_isidentifier)
{
	const struct vstr *s = self.u.str;
	size_t i = 0;

	while (i < s->len) {
		uint32_t cp;
		bool first = i == 0;

		i += cp_decode(s->s + i, s->len - i, &cp);
		if (first ? !cp_id_start(cp) : !cp_id_continue(cp))
			return v_bool(false);
	}
	return v_bool(s->len > 0);
}

METHOD(m_islower)
{
	return find_test("lower", 5)->fn(ev, self, a, args);
}

METHOD(m_isupper)
{
	return find_test("upper", 5)->fn(ev, self, a, args);
}

METHOD(m_istitle)
{
	const struct vstr *s = self.u.str;
	bool any = false, cased = false;
	size_t i = 0;

	while (i < s->len) {
		uint32_t cp;

		i += cp_decode(s->s + i, s->len - i, &cp);
		if (cp_upper(cp) || cp_title(cp)) {
			if (cased)
				return v_bool(false);
			cased = any = true;
		} else if (cp_lower(cp)) {
			if (!cased)
				return v_bool(false);
			cased = any = true;
		} else {
			cased = false;
		}
	}
	return v_bool(any);
}

#define STR TYPE_BIT(V_STRING)

const struct method_def is_methods[] = {
	{ STR, { "isalnum", "", 0, m_isalnum, NULL } },
	{ STR, { "isalpha", "", 0, m_isalpha, NULL } },
	{ STR, { "isascii", "", 0, m_isascii, NULL } },
	{ STR, { "isdecimal", "", 0, m_isdecimal, NULL } },
	{ STR, { "isdigit", "", 0, m_isdigit, NULL } },
	{ STR, { "isidentifier", "", 0, m_isidentifier, NULL } },
	{ STR, { "islower", "", 0, m_islower, NULL } },
	{ STR, { "isnumeric", "", 0, m_isnumeric, NULL } },
	{ STR, { "isprintable", "", 0, m_isprintable, NULL } },
	{ STR, { "isspace", "", 0, m_isspace, NULL } },
	{ STR, { "istitle", "", 0, m_istitle, NULL } },
	{ STR, { "isupper", "", 0, m_isupper, NULL } },
	{ 0, { NULL, NULL, 0, NULL, NULL } },
};
