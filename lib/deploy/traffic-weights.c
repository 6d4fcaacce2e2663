#include "base/base.h"
#include "deploy/traffic-internal.h"

/* Arithmetic of weights; nothing is asked here. */

int traffic_share(const struct settings *settings, unsigned n)
{
	int percent = settings->shift.percent;

	if (!settings->shift.on)
		return 100;
	switch (settings->shift.type) {
	case SHIFT_ALL_AT_ONCE:
		return 100;
	case SHIFT_CANARY:
		return n ? 100 : percent;
	case SHIFT_LINEAR:
		break;
	}
	/* 0 would never end; it was refused on push. */
	if (percent <= 0 || n >= 100)
		return 100;
	return MIN((int)(n + 1) * percent, 100);
}

void traffic_add_seconds(struct strbuf *out, int64_t ms)
{
	if (ms % 1000)
		strbuf_addf(out, "%.1f s", (double)ms / 1000);
	else
		strbuf_addf(out, "%" PRId64 " s", ms / 1000);
}

void traffic_weights_write(char text[48], const struct traffic_weights *w)
{
	snprintf(text, 48, "%" PRId64 ":%" PRId64, w->old, w->new);
}

bool traffic_weights_parse(struct traffic_weights *out, const char *text)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	uint64_t old, new;
	char *first;
	bool ok;

	if (!colon)
		return false;
	first = xmemdupz(text, (size_t)(colon - text));
	ok = parse_uint(first, 0, INT32_MAX, &old) && parse_uint(colon + 1, 0, INT32_MAX, &new);
	free(first);
	if (ok)
		*out = (struct traffic_weights){ (int64_t)old, (int64_t) new };
	return ok;
}

bool traffic_weights_same(const struct traffic_weights *a, const struct traffic_weights *b)
{
	return a->old == b->old && a->new == b->new;
}

struct traffic_weights traffic_split(const struct traffic_weights *now, int share)
{
	int64_t sum = now->old + now->new;
	struct traffic_weights out;

	if (!sum)
		sum = 100;
	out.new = (sum * share + 50) / 100;
	out.old = sum - out.new;
	return out;
}

void traffic_make_room(struct elb_forward *forward, int a, int b)
{
	int64_t ours = 0, most = 0, others = 0, factor;
	size_t i;

	for (i = 0; i < forward->nr; i++) {
		int64_t weight = forward->v[i].weight;

		if ((int)i == a || (int)i == b)
			ours += weight;
		else
			others += weight;
		most = MAX(most, weight);
	}
	if (ours >= 100 || !ours)
		return;
	if (!others && a >= 0) {
		/* Only a and b: a takes what is left of 100 by the share of b. */
		int64_t part = b >= 0 ? (forward->v[b].weight * 100 + ours / 2) / ours : 0;

		forward->v[a].weight = 100 - part;
		if (b >= 0)
			forward->v[b].weight = part;
		return;
	}
	factor = MIN((100 + ours - 1) / ours, ELB_WEIGHT_MAX / MAX(most, 1));
	for (i = 0; factor > 1 && i < forward->nr; i++)
		forward->v[i].weight *= factor;
}
