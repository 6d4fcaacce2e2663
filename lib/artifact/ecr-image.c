#include "base/base.h"
#include "artifact/ecr-image.h"

#include "base/strbuf.h"

#define ACCOUNT_LEN 12

/* "123456789012.dkr.ecr.us-east-1.amazonaws.com/app", cut up in place. */
static bool parse_host(struct ecr_image *image, char *text, char **path)
{
	char *p = text + strspn(text, "0123456789"), *end;

	if (p - text != ACCOUNT_LEN)
		return false;
	image->registry = text;
	*p++ = '\0';
	if (starts_with(p, "dkr.ecr."))
		p += strlen("dkr.ecr.");
	else if (starts_with(p, "dkr.ecr-fips."))
		p += strlen("dkr.ecr-fips.");
	else
		return false;
	image->region = p;
	end = strchr(p, '.');
	*path = end ? strchr(end, '/') : NULL;
	if (!*path || end == p || !starts_with(end, ".amazonaws."))
		return false;
	*end = '\0';
	*(*path)++ = '\0';
	return true;
}

bool ecr_image_parse(struct ecr_image *image, const char *uri)
{
	char *path, *p;

	memset(image, 0, sizeof(*image));
	image->text = xstrdup(uri);
	if (strlen(uri) <= ACCOUNT_LEN || uri[ACCOUNT_LEN] != '.' ||
	    !parse_host(image, image->text, &path))
		return false;
	image->repository = path;
	p = strchr(path, '@');
	if (p) {
		*p++ = '\0';
		if (!starts_with(p, "sha256:"))
			return false;
		image->digest = p;
	}
	p = strchr(path, ':');
	if (p)
		*p++ = '\0';
	image->tag = p ? p : "latest";
	return *image->repository && *image->tag;
}

void ecr_image_release(struct ecr_image *image)
{
	free(image->text);
	memset(image, 0, sizeof(*image));
}
