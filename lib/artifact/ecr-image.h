#ifndef ARTIFACT_ECR_IMAGE_H
#define ARTIFACT_ECR_IMAGE_H

#include "base/base.h"

/* The name of an image in Amazon ECR, taken apart. */

/* "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1": all strings within `text`. */
struct ecr_image {
	char *text;
	const char *registry, *region, *repository;
	const char *tag;    /* "latest" where none is given */
	const char *digest; /* "sha256:...", or NULL */
};
/* False: it is none of ECR's. Release with ecr_image_release() in any case. */
bool ecr_image_parse(struct ecr_image *image, const char *uri);
void ecr_image_release(struct ecr_image *image);

#endif
