#ifndef TEMPLATE_FORMAT_H
#define TEMPLATE_FORMAT_H

/* What the two ways of formatting share. */
#include "template/internal.h"

struct spec {
	uint32_t fill;
	char align; /* '<' '>' '^' '=' or 0 */
	char sign;  /* '+' '-' ' ' or 0 */
	bool alt, zero;
	bool no_neg_zero;	  /* z */
	int64_t width, precision; /* -1: none */
	char grouping;		  /* ',' '_' or 0 */
	char type;		  /* 0: none */
};

/* The digits of |v|, an integer, in the base of a type. */
void int_digits(struct buf *b, struct value v, char type, bool *neg);
void add_padded_number(struct buf *out, const struct spec *sp, bool neg, const char *prefix,
		       const char *digits, size_t len);
void check_width(struct ev *ev, int64_t n);
void format_float(struct ev *ev, struct buf *out, double f, const struct spec *sp);
void format_str(struct ev *ev, struct buf *out, struct value v, const struct spec *sp);
bool format_number(const char **p, const char *end, int64_t *out);

#endif
