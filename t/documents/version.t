
# One version: src/base/inv_version.h has it, everything else is held to it, and
# the module says it once when it starts.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $root = "$FindBin::Bin/../..";

sub content {
    my ($file) = @_;
    open my $in, '<', "$root/$file" or return '';
    local $/;
    return scalar <$in>;
}

# Where else the version stands, and how.
my %written = (
    'CHANGELOG.md'     => qr/^## (\S+)/m,
    'debian/changelog' => qr/\((\S+?)-\d\S*\)/x,
    'web/openapi.json' => qr/"info":\s*\{[^{}]*?"version":\s*"([^"]+)"/x,
);

my ($version) =
    content('src/base/inv_version.h') =~ /^#define INV_VERSION "(\S+)"$/m;
like($version, qr/^\d+\.\d+\.\d+$/, 'the version');

for my $file (sort keys %written) {
    my ($found) = content($file) =~ $written{$file};
    is($found, $version, $file);
}
chomp(my $told = qx("$root/tools/version"));
is($told, $version, 'what the tools are told');

my @elsewhere = grep { !/inv_version\.h:/ }
    split /\n/, qx(grep -rnF '"$version"' "$root/src");
is_deeply(\@elsewhere, [], 'nothing else of the source has it in its text');

my $t    = Inv::Test->new(workers => 2);
my $line = qr/\[notice\].*\binventory:\ ngx_inventory_module\ \Q$version\E,
              \ libmongoc\ \d[\d.]+,\ hiredis\ \d[\d.]+,\ yajl\ \d[\d.]+$/mx;
my $said = sub { return scalar(() = $t->nginx->log =~ /$line/g) };

$t->run(locations => <<'EOT');
        location /api/ { inventory_api; }
        location /metrics { inventory_metrics; }
EOT
is($said->(), 1, 'said once at start, not by each worker');
like($t->get('/metrics')->body, qr/^inventory_build_info\{version="\Q$version\E"\} 1$/m,
    'told by the metrics');
my ($fine) = $t->check_config;
ok($fine, 'nginx -t');
is($said->(), 1, 'not said by nginx -t');
ok($t->nginx->reload, 'reload');
is($said->(), 2, 'said again when the configuration was read again');

$t->done;
