#include "base/base.h"
#include "deploy/account.h"

#include "aws/sts.h"
#include "deploy/internal.h"

struct account {
	struct aws_client *client;
	struct aws_call *call;
	char *number; /* NULL: not known yet */
	struct deployment **waiting;
	size_t nr, alloc;
	struct deployment **telling; /* being told right now; NULL: gone meanwhile */
	size_t telling_nr;
	struct loop_timer timer; /* tells those who asked after it was known */
	struct account *next;
};

struct accounts {
	struct aws_loop *loop;
	struct account *first;
};

struct accounts *accounts_new(struct aws_loop *loop)
{
	struct accounts *accounts = xcalloc(1, sizeof(*accounts));

	accounts->loop = loop;
	return accounts;
}

void accounts_free(struct accounts *accounts)
{
	struct account *a;

	while (accounts && (a = accounts->first)) {
		accounts->first = a->next;
		if (a->call)
			aws_cancel(a->call);
		loop_timer_stop(&a->timer);
		free(a->number);
		free(a->waiting);
		free(a);
	}
	free(accounts);
}

/* Those who wait now; one who asks again from its callback waits anew. */
static void tell(struct account *a, const struct aws_result *failed)
{
	struct deployment **waiting = a->waiting;
	size_t i, nr = a->nr;

	a->waiting = NULL;
	a->nr = a->alloc = 0;
	a->telling = waiting;
	a->telling_nr = nr;
	for (i = 0; i < nr; i++)
		if (waiting[i])
			deployment_on_account(waiting[i], a->number, failed);
	a->telling = NULL;
	free(waiting);
}

static void on_identity(struct aws_result *result, void *data)
{
	struct account *a = data;
	const char *number;

	a->call = NULL;
	number = result->outcome == AWS_OK ? json_get_str(result->json, "Account") : NULL;
	if (number)
		a->number = xstrdup(number);
	tell(a, number ? NULL : result);
}

static void on_known(void *data)
{
	tell(data, NULL);
}

void accounts_ask(struct accounts *accounts, struct deployment *d)
{
	struct account *a;

	for (a = accounts->first; a; a = a->next)
		if (a->client == d->client)
			break;
	if (!a) {
		a = xcalloc(1, sizeof(*a));
		a->client = d->client;
		loop_timer_init(&a->timer, on_known, a);
		a->next = accounts->first;
		accounts->first = a;
	}
	ALLOC_GROW(a->waiting, a->nr + 1, a->alloc);
	a->waiting[a->nr++] = d;
	if (a->number)
		loop_timer_set(accounts->loop, &a->timer, 0);
	else if (!a->call)
		a->call = sts_get_caller_identity(a->client, on_identity, a);
}

void accounts_forget(struct accounts *accounts, struct deployment *d)
{
	struct account *a;
	size_t i;

	if (!d->in_account_queue)
		return;
	d->in_account_queue = false;
	for (a = accounts->first; a; a = a->next) {
		for (i = 0; i < a->nr; i++)
			if (a->waiting[i] == d)
				a->waiting[i--] = a->waiting[--a->nr];
		for (i = 0; i < a->telling_nr; i++)
			if (a->telling && a->telling[i] == d)
				a->telling[i] = NULL;
	}
}
