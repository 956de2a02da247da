# What an nginx acknowledges without writing it is a promise too: another had
# written it, and its own copy is older.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

# Without Redis nobody tells them of each other, and copies outlive the test.
my $t = Inv::Test->new;
my @parts = (directives => <<'EOT');
    inventory_mongo "%%MONGO%%";
    inventory_redis off;
    inventory_cache local=60s redis=60s;
EOT
$t->run(@parts);
my @there = (port => $t->run_beside('second', @parts)->{port});

# A product of which the first nginx has a copy.
sub copied {
    my $product = $t->create(category => 'old', stock => 100);
    my $path = $t->path($product);
    $t->get($path) for 1 .. 3;
    is($t->get($path)->header('Cache-Status'), 'inventory; hit; detail=local',
        'there is a copy');
    return $path;
}

my $path = copied();
$t->status_is($t->patch($path, { category => 'new' }, @there), 200,
    'an edit through the other');
my $r = $t->patch($path, { category => 'new' });
is($r->header('ETag'), '"2"', 'the same edit here: nothing is written');
is($t->get($path)->json->{category}, 'new', 'it is read here');
$r = $t->get('/api/products?category=new');
is($r->json->{items}[0]{version}, 2, 'and in its list');

$path = copied();
my @key = (headers => [ 'Idempotency-Key' => 'the-same' ]);
$t->status_is($t->post("$path/purchase", { quantity => 5 }, @key, @there), 200,
    'a purchase through the other');
$r = $t->post("$path/purchase", { quantity => 5 }, @key);
is($r->header('Idempotency-Replayed'), 'true', 'the same again here');
is($t->get($path)->json->{stock}, 95, 'it is read here');

$t->done;
