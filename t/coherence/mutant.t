# The checker finds what it is there for: of a module that leaves a rule out
# (src/cache/inv_copy_rules.h) it says that reads are older than promised.
#
# Environment: COHERENCE_MUTANTS (floor; rules, with commas), and for each run
# that of coherence.t; COHERENCE_SECONDS is 10 here.

use strict;
use warnings;

use FindBin;
use Test::More;

# What leaving a rule out must lead to.
my %FOUND = (
    floor    => qr/^# (?:older|deleted|missing): /m,
    deadline => qr/^# (?:too-old|deleted): /m,
    origin   => qr/^# (?:older|deleted|too-old): /m,
);

my $root = "$FindBin::Bin/../..";

for my $rule (split /,/, $ENV{COHERENCE_MUTANTS} // 'floor') {
    local $ENV{BUILD} = "mutant-$rule";
    delete local $ENV{NGINX_SRC};
    is(system("$root/tools/build >&2"), 0, "the module without $rule is built")
        or next;

    # With the packaged nginx, whatever else is tested with another.
    local $ENV{TEST_NGINX_BINARY} = 'nginx';
    local $ENV{TEST_NGINX_MODULE}
        = "$root/build/mutant-$rule/ngx_inventory_module.so";
    local $ENV{COHERENCE_KEEP} = 0;
    local $ENV{COHERENCE_SECONDS} = $ENV{COHERENCE_SECONDS} // 10;
    my $said = `$^X $root/t/coherence/coherence.t 2>&1`;
    isnt($?, 0, "without $rule it fails");
    my @failed = $said =~ /^not ok \d+ - (.*)/mg;
    is(scalar @failed, 1, 'in one thing');
    like($failed[0], qr/^nothing that was read is older than promised/,
        'that which was promised');
    like($said, $FOUND{$rule}, 'and says what was read')
        or diag(substr $said, 0, 4000);
    diag("without $rule: $1") if $said =~ m{($FOUND{$rule}.*)}m;
}

done_testing();
