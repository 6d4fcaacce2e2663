#ifndef TEMPLATE_TEXT_H
#define TEMPLATE_TEXT_H

/* Strings as Python sees them, code point by code point; and formatting. */
#include "template/value.h"

struct buf;
struct cargs;

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
struct value str_swapcase(struct ev *ev, struct value s);
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

#endif
