package Inv::Bench::Program;

# The programs of t/bench, built when first asked for.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path);

our @EXPORT_OK = qw(program);

my %built;

# The path of `client` or `seed`.
sub program {
    my ($name) = @_;
    my $root = $ENV{TEST_ROOT} // dirname(dirname(dirname(dirname(dirname(
        abs_path(__FILE__))))));
    my $path = "build/tests/release/t/bench/$name";
    if (!$built{$name}++) {
        my $dir = "$root/build/test";
        make_path($dir);
        open my $lock, '>', "$dir/bench.lock" or die "$dir: $!\n";
        flock $lock, LOCK_EX or die "flock: $!\n";
        system("make -s -C '$root' -f tools/build-tests.mk BUILD=release"
                . " $path >&2") == 0
            or die "t/bench/$name is not to be built\n";
    }
    return "$root/$path";
}

1;
