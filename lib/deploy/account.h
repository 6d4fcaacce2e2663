#ifndef DEPLOY_ACCOUNT_H
#define DEPLOY_ACCOUNT_H

#include "aws/client.h"

/*
 * Whose credentials these are: one GetCallerIdentity for each client (identity
 * and region), however many deployments ask. A failure is told to those who
 * wait and forgotten, so that the next one asks anew.
 */
struct accounts;
struct deployment;

struct accounts *accounts_new(struct aws_loop *loop);
/* Nobody must be waiting. */
void accounts_free(struct accounts *accounts);
/* deployment_on_account() is called from the loop, never from within this call. */
void accounts_ask(struct accounts *accounts, struct deployment *d);
void accounts_forget(struct accounts *accounts, struct deployment *d);

#endif
