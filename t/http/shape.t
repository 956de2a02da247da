# What another version of the module, or another tool, has put into documents:
# what is not known is not in the way, and stays.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;
my %unknown = (future => { level => [ 1, 'two' ] });

# A product
my $product = $t->create(stock => 10, name => 'old name');
my $oid = Inv::Mongo::oid($product->{id});
is($t->mongo->update('products', { _id => $oid }, { '$set' => \%unknown }), 1,
    'a member that this version does not know');
$t->status_is($t->get($t->path($product)), 200, 'read');
$t->status_is($t->post($t->path($product, 'purchase'), { quantity => 2 }), 200,
    'sold');
$t->status_is($t->patch($t->path($product), { name => 'new name' }), 200,
    'edited');
$t->status_is(
    $t->put($t->path($product), { name => 'newer name', price => 1 }), 200,
    'replaced');
is_deeply($t->mongo->product($product->{id})->{future}, $unknown{future},
    'and the member is as it was');

# An entry on its way from the outbox to the ledger
my $entry = {
    b     => Inv::Mongo::oid('b' x 24),
    from  => Inv::Mongo::long(5),
    to    => Inv::Mongo::long(5),
    after => Inv::Mongo::long(7),
    at    => { '$date' => '2026-01-01T00:00:00Z' },
    ops   => [ { t => 'adjust', d => Inv::Mongo::long(-1), %unknown } ],
    %unknown
};
ok(wait_until(sub { !@{ $t->mongo->product($product->{id})->{outbox} } }),
    'its outbox is empty');
is($t->mongo->product($product->{id})->{seq}, 4, 'after four movements');
$t->mongo->update('products', { _id => $oid },
    {   '$set' => {
            outbox => [$entry],
            dirty  => JSON::PP::true,
            seq    => Inv::Mongo::long(5),
            stock  => Inv::Mongo::long(7),
        },
    });
my $drained;
ok(wait_until(
        sub {
            ($drained) = $t->mongo->find('ledger',
                { _id => "$product->{id}-5" });
            return $drained;
        },
        30
    ),
    'an entry of a later version is drained'
);
is_deeply($drained->{future}, $unknown{future}, 'with what was beside it');
is_deeply($drained->{ops}[0]{future}, $unknown{future}, 'and in it');
my $movements = $t->get($t->path($product, 'movements'));
$t->status_is($movements, 200, 'the movements');
is(scalar @{ $movements->json->{items} }, 5, 'are all there');
$t->books_ok($product);

# A claim
my @key = (headers => [ 'Idempotency-Key' => 'k1' ]);
my $first = $t->post($t->path($product, 'purchase'), { quantity => 1 }, @key);
$t->status_is($first, 200, 'sold with a key');
is($t->mongo->update('claims', {}, { '$set' => \%unknown }), 1, 'a claim');
my $second = $t->post($t->path($product, 'purchase'), { quantity => 1 }, @key);
$t->status_is($second, 200, 'and again');
is($second->json->{movementId}, $first->json->{movementId}, 'is the first');

# A kind of movement that is not known
my $other = $t->create(stock => 3);
ok(wait_until(sub { !@{ $t->mongo->product($other->{id})->{outbox} } }, 30),
    'another product');
$t->mongo->update('ledger', { _id => "$other->{id}-1" },
    { '$set' => { 'ops.0.t' => 'teleport' } });
my $r = $t->get($t->path($other, 'movements'));
$t->status_is($r, 200, 'a kind of movement that is not known');
is($r->json->{items}[0]{type}, 'teleport', 'is shown as it is');
$t->status_is($t->get($t->path($other)), 200, 'its product is read');
$t->status_is($t->request(POST => $t->path($other, 'purchase')), 200,
    'and sold');

$t->done;
