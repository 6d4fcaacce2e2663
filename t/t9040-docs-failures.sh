#!/bin/sh

test_description='gitops-failures(5) has every category of failures, as the program tells it'

. ./test-lib.sh

cat >listing.perl <<\PERL
# "category: meaning: hint" of each entry; the meaning's first letter small.
undef $/;
$_ = <STDIN>;
while (/^`([a-z-]+)`::\n((?:\t.*\n)+)/mg) {
	my ($name, $text) = ($1, $2);
	$text =~ s/\s+/ /g;
	$text =~ s/^ | $//g;
	$text =~ s/\.$//;
	print "$name: ", lcfirst($text), "\n";
}
PERL

test_expect_success 'categories, meanings and hints are the same, in the same order' '
	test-tool failures >told &&
	test -s told &&
	perl -pe "s/: (.)/: \l\$1/" <told >expect &&
	perl listing.perl <"$GITOPS_SOURCE/Documentation/gitops-failures.adoc" >actual &&
	test_cmp expect actual
'

test_done
