#include "base/base.h"
#include "aws/internal.h"

/*
 * One line a group of operations. Who finds a token and nobody before him
 * goes at once; else he waits, writes before reads before polls, and the
 * line's timer lets the next one go when there is a token again.
 */
static bool has_one(const struct turn_queue *queue)
{
	int i;

	for (i = 0; i <= AWS_POLL; i++)
		if (queue->first[i])
			return true;
	return false;
}

static void go_on(void *data)
{
	struct turn_queue *queue = data;
	struct aws *aws = queue->client->aws;
	int i;

	while (has_one(queue)) {
		int64_t wait = limit_take(&queue->bucket, clock_mono_ms(aws->clock));
		struct aws_call *call = NULL;

		if (wait) {
			loop_timer_set(aws->loop, &queue->timer, wait);
			return;
		}
		for (i = 0; !call; i++)
			call = queue->first[i];
		turn_leave(call);
		call_send(call);
	}
}

static struct turn_queue *queue_of(struct aws_call *call)
{
	struct aws_client *client = call->client;
	unsigned group = limit_group_of(call->request.service, call->request.operation);
	struct turn_queue *queue = &client->turns[group];

	if (!queue->primed) {
		queue->client = client;
		queue->primed = true;
		loop_timer_init(&queue->timer, go_on, queue);
		limit_init(&queue->bucket, group, LIMIT_SHARE / client->aws->workers,
			   clock_mono_ms(client->aws->clock));
	}
	return queue;
}

void turn_take(struct aws_call *call)
{
	struct turn_queue *queue;
	int priority = (int)call->request.priority;
	int64_t wait = 0;

	if (call->client->endpoints[call->request.service].loopback) {
		call_send(call);
		return;
	}
	queue = queue_of(call);
	if (!has_one(queue))
		wait = limit_take(&queue->bucket, clock_mono_ms(call->client->aws->clock));
	if (!has_one(queue) && !wait) {
		call_send(call);
		return;
	}
	if (!loop_timer_is_set(&queue->timer))
		loop_timer_set(call->client->aws->loop, &queue->timer, wait);
	call->queue = queue;
	call->turn_next = NULL;
	call->turn_prev = queue->last[priority];
	if (call->turn_prev)
		call->turn_prev->turn_next = call;
	else
		queue->first[priority] = call;
	queue->last[priority] = call;
}

void turn_leave(struct aws_call *call)
{
	struct turn_queue *queue = call->queue;
	int priority = (int)call->request.priority;

	if (!queue)
		return;
	if (call->turn_prev)
		call->turn_prev->turn_next = call->turn_next;
	else
		queue->first[priority] = call->turn_next;
	if (call->turn_next)
		call->turn_next->turn_prev = call->turn_prev;
	else
		queue->last[priority] = call->turn_prev;
	call->queue = NULL;
	if (!has_one(queue))
		loop_timer_stop(&queue->timer);
}

void turn_stop(struct turn_queue *queue)
{
	if (queue->primed)
		loop_timer_stop(&queue->timer);
}
