#!/bin/sh

test_description='the systemd units are understood by systemd'

. ./test-lib.sh

for unit in gitops-worker@.service gitops-drain@.service gitops-drain@.path
do
	test_expect_success "$unit" '
		mkdir -p units &&
		cp "$GITOPS_SOURCE"/share/systemd/* units &&
		instance=$(echo "$unit" | sed "s/@/@srv-git-services.git/") &&
		systemd-analyze verify --man=no --recursive-errors=no "units/$instance" 2>err &&
		test_must_be_empty err
	'
done

test_done
