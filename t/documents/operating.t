# docs/operating.md: the lines of the log that it explains are those that the
# source has, and each alert of contrib/ has its section.

use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Markdown;

my $root = abs_path("$FindBin::Bin/../..");

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

# Literals as the compiler joins them, with what printf fills in taken out.
my $source = join '', map { slurp($_) } glob "$root/src/*/*.c";
$source =~ s/"\s*"//g;
$source =~ s/%(?:\*s|[a-z]+)/.../g;

# The rows of the table in that section: what stands in the first cell.
my $page = slurp("$root/docs/operating.md");
my ($table) = $page =~ /^## What the error log says\n(.*?)^##/ms;
my @said = $table =~ /^\| `([^`]+)` \| `(?:warn|error|notice|crit)` \|/mg;
cmp_ok(scalar @said, '>=', 15, 'lines of the log are explained');
for my $line (@said) {
    my @wrong = grep { index($source, $_) < 0 } grep { length > 3 }
        map {s/^\W+|\W+$//gr} split /\.\.\.|\bN\b|requests|(?<=messages of) /,
        $line;
    is("@wrong", '', $line);
}

my %anchor = map { $_ => 1 }
    Inv::Markdown->new($root, 'docs/operating.md')->anchors;
for my $file (glob "$root/contrib/prometheus/*.yml") {
    for my $alert (slurp($file) =~ /^\s*-?\s*alert:\s*(\w+)/mg) {
        ok($anchor{ lc $alert }, "$alert has a section");
    }
}

done_testing();
