#include "base/base.h"
#include "deploy/traffic-internal.h"

/*
 * The clock of the wait after a part of the traffic was moved, in the record:
 * it goes on while no worker runs, and stands where somebody stopped it.
 *
 *	ID_TRAFFIC_WAIT	ID_TRAFFIC_REST
 *	-		-		nothing is waited for
 *	set		-		it goes, since then
 *	set		set		it stands: so much was left
 */

int64_t traffic_clock_rest(const struct deployment *d, int64_t wait)
{
	const int64_t since = deploy_id_get_number(d, ID_TRAFFIC_WAIT);
	int64_t rest = 0;

	if (deploy_id_get(d, ID_TRAFFIC_REST))
		rest = deploy_id_get_number(d, ID_TRAFFIC_REST);
	else if (since)
		rest = wait - (deploy_moment(d) - since);
	return MIN(MAX(rest, 0), wait);
}

void traffic_clock_stop(struct deployment *d, int64_t wait)
{
	if (deploy_id_get(d, ID_TRAFFIC_WAIT) && !deploy_id_get(d, ID_TRAFFIC_REST))
		deploy_id_set_number(d, ID_TRAFFIC_REST, traffic_clock_rest(d, wait));
}

bool traffic_clock_start(struct deployment *d, int64_t wait)
{
	int64_t passed = wait - traffic_clock_rest(d, wait);

	if (!deploy_id_get(d, ID_TRAFFIC_REST))
		return true;
	deploy_id_set_number(d, ID_TRAFFIC_WAIT, deploy_moment(d) - passed);
	deploy_id_set(d, ID_TRAFFIC_REST, NULL);
	return deploy_save(d);
}
