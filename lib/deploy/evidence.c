#include "base/base.h"
#include "deploy/explain.h"

#include "deploy/service.h"

void evidence_release(struct evidence *ev)
{
	size_t i;

	for (i = 0; i < ev->nr; i++)
		free(ev->v[i].message);
	free(ev->task);
	free(ev->container);
	free(ev->definition);
	memset(ev, 0, sizeof(*ev));
}

/* Equal but for hex ids, numbers and what stands in parentheses after "task". */
static bool same_message(const char *a, const char *b)
{
	while (*a && *b) {
		if (isxdigit((unsigned char)*a) && isxdigit((unsigned char)*b)) {
			size_t la = strspn(a, "0123456789abcdefABCDEF-");
			size_t lb = strspn(b, "0123456789abcdefABCDEF-");

			if ((la < 8 || lb < 8) && (la != lb || memcmp(a, b, la)))
				return false;
			a += la;
			b += lb;
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

/* `start`: it kept a task from running. */
static void add(struct evidence *ev, const struct failure_kind *kind, const char *message,
		int64_t time_ms, bool start)
{
	size_t i;

	for (i = 0; i < ev->nr; i++) {
		if (ev->v[i].kind != kind || !same_message(ev->v[i].message, message))
			continue;
		ev->v[i].times++;
		ev->v[i].starts += start;
		if (time_ms > ev->v[i].newest)
			ev->v[i].newest = time_ms;
		return;
	}
	if (ev->nr == EVIDENCE_MAX)
		return;
	ev->v[i].kind = kind;
	ev->v[i].message = xstrdup(message);
	ev->v[i].newest = time_ms;
	ev->v[i].times = 1;
	ev->v[i].starts = start;
	ev->nr++;
}

void evidence_add(struct evidence *ev, const char *category, const char *message, int64_t time_ms)
{
	add(ev, failure_kind_get(category), message, time_ms, false);
}

void evidence_event(struct evidence *ev, const char *message, int64_t time_ms)
{
	const struct failure_kind *kind = explain_text(message, EXPLAIN_EVENT);
	const char *text;

	if (!kind)
		return;
	/* "(service x) was unable ...": whose event it is needs no saying. */
	if (message[0] == '(' && starts_with(message, "(service ") &&
	    (text = strstr(message, ") ")))
		message = text + 2;
	/* Of these there is no task that would tell. */
	add(ev, kind, message, time_ms, strcasestr(message, "failed to launch a task") != NULL);
}

/* The container that tells why its task ended: one with a reason, or that failed. */
static const struct json *container_at_fault(const struct json *task)
{
	const struct json *list = json_get(task, "containers"), *found = NULL;
	bool found_to_blame = false;
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *c = &list->u.array.items[i];
		int64_t code = json_get_int(c, "exitCode", 0);
		/* Those that were stopped because another ended are not to blame. */
		bool to_blame = code && code != 143;

		if (json_get_str(c, "reason"))
			return c;
		if (!found || (to_blame && !found_to_blame)) {
			found = c;
			found_to_blame = to_blame;
		}
	}
	return found;
}

/* A container that never ran has written nothing. */
static void keep(struct evidence *ev, const struct json *task, const struct json *container)
{
	int64_t time = json_epoch_ms(json_get(task, "stoppedAt")), exit_code;
	const char *arn = json_get_str(task, "taskArn"), *name = json_get_str(container, "name");
	const char *definition = json_get_str(task, "taskDefinitionArn");

	if (!arn || !name || !definition || (ev->task && time < ev->stopped_at) ||
	    (!json_get(task, "startedAt") &&
	     !json_int(json_get(container, "exitCode"), &exit_code)))
		return;
	free(ev->task);
	free(ev->container);
	free(ev->definition);
	ev->task = xstrdup(arn);
	ev->container = xstrdup(name);
	ev->definition = xstrdup(definition);
	ev->stopped_at = time;
}

bool evidence_task(struct evidence *ev, const struct json *task)
{
	const char *code = json_get_str(task, "stopCode");
	const char *reason = json_get_str(task, "stoppedReason");
	const struct json *container = container_at_fault(task);
	const char *why = json_get_str(container, "reason"),
		   *name = json_get_str(container, "name");
	const struct failure_kind *kind = NULL;
	struct strbuf text = STRBUF_INIT;
	bool counts = true, ran = json_get(task, "startedAt") != NULL;
	int64_t exit_code;

	if (!code)
		code = "";
	if (!reason)
		reason = "";
	if (str_eq(code, "UserInitiated") || strcasestr(reason, "Scaling activity initiated by") ||
	    (str_eq(code, "ServiceSchedulerInitiated") && !strcasestr(reason, "health checks")))
		return false;
	if (str_eq(code, "SpotInterruption")) {
		kind = failure_kind_get("spot");
		counts = false;
	} else if (str_eq(code, "TerminationNotice") ||
		   strcasestr(reason, "InfrastructureHealth")) {
		kind = failure_kind_get("host");
		counts = false;
	}
	/* A container's reason is nearer to the cause than "essential container exited". */
	if (!kind)
		kind = explain_text(why, EXPLAIN_CONTAINER);
	if (!kind || str_eq(kind->category, "crashed"))
		kind = explain_text(reason, EXPLAIN_TASK) ? explain_text(reason, EXPLAIN_TASK) :
							    kind;

	strbuf_addstr(&text, reason[0] ? reason : "a task stopped without a reason");
	if (str_eq(code, "EssentialContainerExited") ||
	    (kind && str_eq(kind->category, "crashed"))) {
		if (name)
			strbuf_addf(&text, ": container '%s'", name);
		if (json_int(json_get(container, "exitCode"), &exit_code)) {
			strbuf_addstr(&text, name ? ", " : ": ");
			explain_exit_code(&text, exit_code);
		}
		if (!kind)
			kind = failure_kind_get("crashed");
	}
	if (why && !strcasestr(reason, why))
		strbuf_addf(&text, ": %s", why);
	add(ev, kind, text.buf, json_epoch_ms(json_get(task, "stoppedAt")), counts && !ran);
	strbuf_release(&text);
	if (counts) {
		ev->tasks++;
		ev->ran += ran;
		ev->crashed += ran && str_eq(code, "EssentialContainerExited");
		keep(ev, task, container);
	}
	return counts;
}

const struct failure_kind *evidence_lasting(const struct evidence *ev, unsigned *starts)
{
	const struct failure_kind *found = NULL;
	size_t i, j;

	*starts = 0;
	for (i = 0; i < ev->nr; i++) {
		unsigned nr = 0;

		/* The words differ where they name the task or the image. */
		for (j = 0; j < ev->nr; j++)
			if (ev->v[j].kind == ev->v[i].kind &&
			    failure_lasts(ev->v[j].kind, ev->v[j].message))
				nr += ev->v[j].starts;
		if (nr > *starts) {
			*starts = nr;
			found = ev->v[i].kind;
		}
	}
	return found;
}

int evidence_best(const struct evidence *ev)
{
	int best = -1;
	size_t i;

	for (i = 0; i < ev->nr; i++) {
		unsigned rank = ev->v[i].kind ? ev->v[i].kind->rank : 1;
		unsigned best_rank;

		if (best < 0) {
			best = (int)i;
			continue;
		}
		best_rank = ev->v[best].kind ? ev->v[best].kind->rank : 1;
		if (rank < best_rank ||
		    (rank == best_rank && (ev->v[i].times > ev->v[best].times ||
					   (ev->v[i].times == ev->v[best].times &&
					    ev->v[i].newest > ev->v[best].newest))))
			best = (int)i;
	}
	return best;
}
