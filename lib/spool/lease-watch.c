#include "base/base.h"
#include "base/clock.h"
#include "spool/lease-internal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/* What was seen of somebody's lease last, and since when that stands. */
struct watched {
	char *value;
	int64_t since; /* by our clock */
	bool moved;    /* it was something else before */
	bool told;
};

static void watched_free(void *data)
{
	struct watched *watched = data;

	if (watched)
		free(watched->value);
	free(watched);
}

void lease_forget_watched(struct spool *spool)
{
	strmap_release(&spool->watched, watched_free);
	strmap_init(&spool->watched);
}

void lease_again(struct spool *spool, int64_t ms)
{
	if (spool->again_ms < 0 || ms < spool->again_ms)
		spool->again_ms = ms;
}

int64_t spool_look_again(const struct spool *spool)
{
	return spool->again_ms;
}

bool spool_has_suspect(const struct spool *spool)
{
	return spool->suspect;
}

static struct watched *watch(struct spool *spool, const char *key, const char *value)
{
	struct watched **at = (struct watched **)strmap_at(&spool->watched, key, strlen(key));

	if (!*at)
		*at = xcalloc(1, sizeof(**at));
	if (!(*at)->value || !str_eq((*at)->value, value)) {
		(*at)->moved = (*at)->value != NULL;
		free((*at)->value);
		(*at)->value = xstrdup(value);
		(*at)->since = lease_now(spool);
	}
	return *at;
}

bool lease_watch_value(struct spool *spool, const char *key, const char *value)
{
	struct watched *watched = watch(spool, key, value);

	lease_again(spool, spool->lease_ms / 4);
	return lease_now(spool) - watched->since >= spool->lease_ms;
}

static int read_holder(struct holder *holder, int fd)
{
	char buf[LEASE_TEXT_MAX];
	ssize_t len = pread(fd, buf, sizeof(buf), 0);

	return len < 0 ? -1 : holder_parse(holder, buf, (size_t)len);
}

static void tell(struct spool *spool, struct watched *watched, const struct holder *holder,
		 bool killed)
{
	struct strbuf stood = STRBUF_INIT;

	if (watched->told)
		return;
	watched->told = true;
	format_duration(&stood, lease_now(spool) - watched->since);
	spool_log(spool,
		  "the worker of lease %s (process %" PRId64 " on '%s') stands still for %s: "
		  "%sits jobs are taken over",
		  holder->id, holder->pid, holder->host, stood.buf, killed ? "killed, " : "");
	strbuf_release(&stood);
}

/*
 * It stood still for its time. Once it has lost its name it can't be renewed;
 * should it have been in this moment, its time begins anew, for the last time.
 */
static enum lease_look take_away(struct spool *spool, int fd, struct watched *watched,
				 const struct holder *seen)
{
	char *from = spool_path(spool, "leases", seen->id, "");
	char *to = spool_path(spool, "leases", seen->id, ".expired");
	enum lease_look ret = LEASE_HELD;
	struct holder now;

	if (rename(from, to) < 0 && errno != ENOENT)
		spool_log(spool, "cannot rename '%s': %s", from, strerror(errno));
	else if (!read_holder(&now, fd) && str_eq(now.beat, seen->beat))
		ret = LEASE_TAKEN;
	if (ret == LEASE_TAKEN)
		tell(spool, watched, seen, holder_kill(seen));
	else
		lease_again(spool, seen->ms / 4);
	free(from);
	free(to);
	return ret;
}

/*
 * Was it renewed a short time ago? A holder on this host has our clock, so one
 * look tells; others are seen to renew theirs.
 */
static bool is_fresh(const struct spool *spool, const struct holder *holder,
		     const struct watched *watched)
{
	int64_t age = lease_now(spool) - holder->beat_at;

	if (!holder_is_near(holder))
		return watched->moved && lease_now(spool) - watched->since < holder->ms / 2;
	return age >= 0 && age < holder->ms / 2;
}

static enum lease_look look_at_held(struct spool *spool, int fd)
{
	struct watched *watched;
	struct holder holder;

	if (read_holder(&holder, fd) < 0) {
		/* Not one of ours: nothing tells when it is over. */
		lease_again(spool, spool->lease_ms / 4);
		return LEASE_HELD;
	}
	watched = watch(spool, holder.id, holder.beat);
	if (lease_now(spool) - watched->since >= holder.ms)
		return take_away(spool, fd, watched, &holder);
	lease_again(spool, holder.ms / 4);
	spool->suspect |= !is_fresh(spool, &holder, watched);
	return LEASE_HELD;
}

enum lease_look lease_look(struct spool *spool, const char *path)
{
	enum lease_look ret = LEASE_HELD;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		return LEASE_DEAD;
	if (fd < 0 || fstat(fd, &st) < 0)
		spool_log(spool, "cannot open '%s': %s", path, strerror(errno));
	else if (lease_is_own(spool, &st))
		ret = LEASE_OWN;
	else if (!lock_file(fd, LOCK_SH | LOCK_NB))
		ret = LEASE_DEAD;
	else if (errno == EWOULDBLOCK)
		ret = look_at_held(spool, fd);
	else
		spool_log(spool, "cannot lock '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}

enum lease_look lease_look_id(struct spool *spool, const char *id)
{
	char *path = spool_path(spool, "leases", id, "");
	char *expired = spool_path(spool, "leases", id, ".expired");
	enum lease_look ret = lease_look(spool, path);

	if (ret == LEASE_DEAD)
		ret = lease_look(spool, expired);
	free(path);
	free(expired);
	return ret;
}

enum lease_stand lease_stand_of(const struct spool *spool, const char *path, struct holder *holder)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum lease_stand ret = STAND_NONE;
	struct holder own;

	if (!holder)
		holder = &own;
	if (fd >= 0 && lock_file(fd, LOCK_SH | LOCK_NB) < 0) {
		ret = STAND_LIVES;
		if (!read_holder(holder, fd) && holder_is_near(holder) &&
		    lease_now(spool) - holder->beat_at > holder->ms)
			ret = STAND_STILL;
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

bool lease_all_stand_still(const struct spool *spool)
{
	struct error err = ERROR_INIT;
	bool still = false, lives = false;
	struct names names;
	size_t i;

	if (names_read(&names, spool, "leases", &err) < 0)
		error_release(&err);
	for (i = 0; !lives && i < names.nr; i++) {
		char *path = spool_path(spool, "leases", names.v[i], "");
		enum lease_stand stand = STAND_NONE;

		if (!ends_with(names.v[i], ".targets"))
			stand = lease_stand_of(spool, path, NULL);
		free(path);
		lives = stand == STAND_LIVES;
		still |= stand == STAND_STILL;
	}
	names_release(&names);
	return still && !lives;
}
