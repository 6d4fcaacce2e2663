#include "command.h"
#include "doctor.h"

#include "spool/inspect.h"

struct workers {
	struct doctor *doctor;
	size_t nr, left;
};

static int take_worker(const struct spool_worker *worker, void *data)
{
	struct workers *workers = data;
	const char *host = *worker->host ? worker->host : "?";

	if (worker->stands_still || worker->expired) {
		doctor_say(
			workers->doctor, DOCTOR_WARNING, "workers",
			"the next worker takes its jobs over; see LEASES in git-gitops-worker(1)",
			"process %" PRId64 " on '%s' stands still (lease %s)", worker->pid, host,
			worker->lease);
		return 0;
	}
	workers->nr++;
	doctor_say(workers->doctor, DOCTOR_OK, "workers", NULL,
		   "process %" PRId64 " on '%s' holds lease %s", worker->pid, host, worker->lease);
	return 0;
}

static int take_left(const char *id, void *data)
{
	struct workers *workers = data;

	workers->left++;
	doctor_say(workers->doctor, DOCTOR_WARNING, "workers",
		   "the next worker goes on where it was: 'git gitops worker --drain' is one",
		   "job %s was left by a worker that ended", id);
	return 0;
}

/* Only a worker that has claimed something has a lease; the lock tells of all. */
static void look_at_workers(struct doctor *doctor, size_t jobs)
{
	struct workers workers = { .doctor = doctor };
	struct error err = ERROR_INIT;
	int alive;

	alive = spool_has_worker(doctor->spool, &err);
	if (alive < 0 || spool_each_worker(doctor->spool, take_worker, &workers, &err) < 0 ||
	    spool_each_left(doctor->spool, take_left, &workers, &err) < 0) {
		doctor_say_error(doctor, "workers", &err);
		return;
	}
	if (alive && !workers.nr)
		doctor_say(doctor, DOCTOR_OK, "workers", NULL, "one waits for jobs");
	else if (!alive && jobs)
		doctor_say(
			doctor, DOCTOR_ERROR, "workers",
			"start one: 'git gitops worker --drain', or the service that is to run it; "
			"'gitops/worker.log' in the git directory has what the last one said",
			"none runs, and %zu job%s for one", jobs, jobs == 1 ? " waits" : "s wait");
	else if (!alive && !doctor->starts_workers)
		doctor_say(doctor, DOCTOR_WARNING, "workers",
			   "start the service that is to run it, or set gitops.worker to true",
			   "none runs, and gitops.worker keeps the hooks from starting one");
	else if (!alive)
		doctor_say(doctor, DOCTOR_OK, "workers", NULL,
			   "none runs; the next push starts one");
}

static void look_at_jobs(struct doctor *doctor, size_t *jobs)
{
	struct spool_ended ended;
	struct error err = ERROR_INIT;
	size_t waiting, running;
	char *hint;

	if (spool_count(doctor->spool, &waiting, &running, &err) < 0 ||
	    spool_look_at_ended(doctor->spool, &ended, &err) < 0) {
		doctor_say_error(doctor, "jobs", &err);
		return;
	}
	*jobs = waiting + running;
	doctor_say(doctor, DOCTOR_OK, "jobs", NULL,
		   "%zu wait, %zu run; of those that ended and are kept %zu are done, %zu failed",
		   waiting, running, ended.done, ended.failed);
	if (strcmp(ended.last_failed, ended.last_done) > 0) {
		hint = xstrfmt(
			"'git gitops watch %s' shows how, 'git gitops log' what of it failed",
			ended.last_failed);
		doctor_say(doctor, DOCTOR_WARNING, "jobs", hint, "the last one, %s, failed",
			   ended.last_failed);
		free(hint);
	}
	if (ended.garbage)
		doctor_say(doctor, DOCTOR_WARNING, "jobs",
			   "'gitops/spool/failed' has them, with the reasons; they may be removed",
			   "%zu file%s among the jobs %s none", ended.garbage,
			   ended.garbage == 1 ? "" : "s", ended.garbage == 1 ? "was" : "were");
}

void doctor_look_at_spool(struct doctor *doctor)
{
	char *dir = xstrfmt("%s/gitops/spool", repo_git_dir(doctor->repo)), *path;
	struct error err = ERROR_INIT;
	size_t jobs = 0;

	if (spool_open(&doctor->spool, dir, &err) < 0) {
		doctor_say_error(doctor, "spool", &err);
		free(dir);
		return;
	}
	path = spool_find_unwritable(dir);
	if (path) {
		char *hint =
			access(path, F_OK) < 0 && errno == ENOENT ?
				xstrdup("'git gitops init', on the server, makes it") :
				xstrdup("run this as the account that receives pushes; "
					"core.sharedRepository shares it, see git-gitops-init(1)");

		doctor_say(doctor, DOCTOR_ERROR, "spool", hint,
			   "'%s' can't be read and written by this account", path);
		free(hint);
	} else {
		doctor_say(doctor, DOCTOR_OK, "spool", NULL, "'%s' can be written", dir);
		look_at_jobs(doctor, &jobs);
		look_at_workers(doctor, jobs);
	}
	free(path);
	free(dir);
}
