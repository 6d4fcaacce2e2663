#include "base/base.h"
#include "aws/internal.h"

#define MINUTE_MS (60 * 1000)

static void wipe_free(char **s)
{
	if (*s)
		explicit_bzero(*s, strlen(*s));
	FREE_AND_NULL(*s);
}

void aws_credentials_release(struct aws_credentials *keys)
{
	wipe_free(&keys->access_key);
	wipe_free(&keys->secret_key);
	wipe_free(&keys->token);
	keys->expires_ms = 0;
}

/* A role may live for 15 minutes only: without the cap it would be renewed for each call. */
int64_t credentials_renew_ms(int64_t lifetime_ms)
{
	return MIN(15 * MINUTE_MS, lifetime_ms / 4);
}

int64_t credentials_insist_ms(int64_t lifetime_ms)
{
	return MIN(10 * MINUTE_MS, lifetime_ms / 6);
}

static void on_start(void *data)
{
	fetch_start(data);
}

struct credentials *credentials_alloc(struct aws *aws, enum credentials_kind kind,
				      const char *label, const char *region)
{
	struct credentials *c = xcalloc(1, sizeof(*c));

	c->aws = aws;
	c->kind = kind;
	c->label = xstrdup(label);
	c->region = xstrdup(region);
	loop_timer_init(&c->start, on_start, c);
	return c;
}

void credentials_free(struct credentials *c)
{
	if (!c)
		return;
	while (c->first)
		credentials_stop_waiting(c->first);
	loop_timer_stop(&c->start);
	fetch_stop(c);
	client_free(c->sts);
	aws_credentials_release(&c->keys);
	free(c->label);
	free(c->region);
	free(c->tried);
	free(c->role_arn);
	wipe_free(&c->external_id);
	free(c->session_name);
	free(c->token_file);
	free(c->sso_account);
	free(c->sso_role);
	free(c->sso_session);
	free(c->sso_start_url);
	wipe_free(&c->command);
	free(c->url);
	free(c);
}

const char *credentials_label(const struct credentials *c)
{
	return c->label;
}

static void start_fetch(struct credentials *c)
{
	if (c->fetching)
		return;
	c->fetching = true;
	c->attempts = 0;
	loop_timer_set(c->aws->loop, &c->start, 0);
}

static int64_t time_left(const struct credentials *c)
{
	return c->keys.expires_ms ? c->keys.expires_ms - clock_wall_ms(c->aws->clock) : INT64_MAX;
}

const struct aws_credentials *credentials_peek(struct credentials *c)
{
	int64_t left;

	if (!c->keys.access_key || c->rejected)
		return NULL;
	if (c->kind == KEYS_STATIC)
		return &c->keys;
	left = time_left(c);
	if (left <= 0)
		return NULL;
	/* A renewal that just failed is not begun anew by every call. */
	if (left <= credentials_renew_ms(c->lifetime_ms) &&
	    clock_mono_ms(c->aws->clock) >= c->not_before_ms)
		start_fetch(c);
	if (left <= credentials_insist_ms(c->lifetime_ms) && c->fetching)
		return NULL;
	return &c->keys;
}

void credentials_wait(struct credentials *c, struct credentials_waiter *waiter, credentials_fn *fn,
		      void *data)
{
	waiter->credentials = c;
	waiter->fn = fn;
	waiter->data = data;
	waiter->next = NULL;
	waiter->prev = c->last;
	if (c->last)
		c->last->next = waiter;
	else
		c->first = waiter;
	c->last = waiter;
	start_fetch(c);
}

void credentials_stop_waiting(struct credentials_waiter *waiter)
{
	struct credentials *c = waiter->credentials;

	if (!c)
		return;
	if (waiter->prev)
		waiter->prev->next = waiter->next;
	else
		c->first = waiter->next;
	if (waiter->next)
		waiter->next->prev = waiter->prev;
	else
		c->last = waiter->prev;
	waiter->credentials = NULL;
}

/*
 * Who is called may wait again at once (his turn comes in the next round) or
 * cancel others, so only those up to the present last are called, one by one.
 */
static void tell(struct credentials *c, const struct error *err)
{
	struct credentials_waiter *last = c->last;
	bool is_last = !last;

	while (!is_last && c->first) {
		struct credentials_waiter *waiter = c->first;

		is_last = waiter == last;
		credentials_stop_waiting(waiter);
		waiter->fn(err, waiter->data);
	}
}

void fetch_done(struct credentials *c, struct aws_credentials *keys)
{
	struct error err = ERROR_INIT;

	fetch_stop(c);
	if (keys->expires_ms && keys->expires_ms <= clock_wall_ms(c->aws->clock)) {
		aws_credentials_release(keys);
		error_set(&err, ERROR_DENIED, "the credentials of %s have expired", c->label);
		error_hint(&err, "renew them, or check this machine's clock");
		fetch_failed(c, &err);
		return;
	}
	aws_credentials_release(&c->keys);
	c->keys = *keys;
	memset(keys, 0, sizeof(*keys));
	c->lifetime_ms = c->keys.expires_ms ? c->keys.expires_ms - clock_wall_ms(c->aws->clock) : 0;
	c->rejected = false;
	c->fetching = false;
	tell(c, NULL);
}

void fetch_failed(struct credentials *c, struct error *err)
{
	fetch_stop(c);
	c->fetching = false;
	if (c->keys.access_key && !c->rejected && time_left(c) > 0) {
		/* What is held is good still: go on with it and try again in a while. */
		c->not_before_ms =
			clock_mono_ms(c->aws->clock) + MIN(MINUTE_MS, c->lifetime_ms / 30);
		tell(c, NULL);
	} else {
		tell(c, err);
	}
	error_release(err);
}

bool credentials_reject(struct credentials *c, const char *access_key)
{
	if (c->kind == KEYS_STATIC)
		return false;
	/* Others may have seen to it already. */
	if (c->keys.access_key && access_key && str_eq(c->keys.access_key, access_key))
		c->rejected = true;
	return true;
}
