#ifndef TEMPLATE_BIGINT_H
#define TEMPLATE_BIGINT_H

/* What numbers.c needs of integers beyond 64 bits. */
#include "template/internal.h"

#define BIG_BASE  1000000000u
#define BIG_LIMIT 500 /* limbs: 4,500 digits; Python itself prints no more than 4,300 */

struct big *big_limbs(struct ev *ev, uint32_t nr);
void big_trim(struct big *b);
const struct big *as_big(struct ev *ev, struct value v);
int big_cmp(const struct big *a, const struct big *b);
struct big *big_add(struct ev *ev, const struct big *a, const struct big *b, bool negate_b);
struct big *big_mul(struct ev *ev, const struct big *a, const struct big *b);
struct big *big_div_mag(struct ev *ev, const struct big *a, const struct big *b, struct big **rem);
struct big *big_divmod(struct ev *ev, const struct big *a, const struct big *b, bool mod);
struct value int_pow(struct ev *ev, struct value base, int64_t exp);

#endif
