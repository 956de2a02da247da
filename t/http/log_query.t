# The error log: what the module says of a request that failed has its trace, and
# not its query, which nginx adds to lines of a request by itself.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Process qw(wait_until);
use Inv::Test;
use Inv::Watched;

my $t = Inv::Test->new(workers => 1);
my $proxy = watch($t);

$t->run(directives => <<'EOT');
    inventory_mongo "%%MONGO%%";
    inventory_redis off;
    inventory_timeout 300ms;
EOT
ok(wait_until(sub { $t->get('/api/products')->status == 200 }), 'it is there');

$proxy->faults('delay 1000000 ms=900-900');
my $r = $t->get('/api/products?q=hidden&sort=name');
is($r->status, 503, 'a list that takes too long');
my $trace = $r->header('Trace-Id');
my @lines;
ok(wait_until(sub { @lines = grep {/inventory: .*$trace/} split /\n/,
            $t->nginx->log }),
    'is in the log');
unlike("@lines", qr/hidden|request:/, 'without what was asked');
$proxy->faults;

$t->done;
