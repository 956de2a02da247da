# The ledger as clients see it: of one product, and of all.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new;
$t->run(http => 'inventory_principal $http_x_user;');

my $TIME = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

sub movements {
    my ($id, $query) = @_;
    return $t->get("/api/products/$id/movements" . ($query // ''));
}

sub all_movements {
    my ($query) = @_;
    return $t->get('/api/movements' . ($query // ''));
}

# All pages, by the addresses in Link.
sub walk {
    my ($r) = @_;
    my @items = @{ $r->json->{items} };
    while (defined(my $cursor = $r->json->{page}{next})) {
        my ($target) = ($r->header('Link') // '') =~ /^<([^>]*)>; rel="next"$/;
        like($target, qr/\bcursor=\Q$cursor\E$/, 'Link beside next');
        $target =~ s{^https?://[^/]*}{};
        $r = $t->get($target);
        $t->status_is($r, 200, 'the next page') or last;
        push @items, @{ $r->json->{items} };
    }
    is($r->header('Link'), undef, 'the last page has no next');
    return @items;
}

# Nothing there.
same_json(all_movements()->json,
    { items => [], page => { limit => 20, next => undef } }, 'none yet');

# One product: every write is there at once.
my $product = $t->create(stock => 10, name => 'old');
my $id      = $product->{id};
my $r       = movements($id);
$t->status_is($r, 200, 'movements');
my ($first) = @{ $r->json->{items} };
like(delete $first->{at}, $TIME, 'at');
like(delete $first->{traceId}, qr/^[0-9a-f]{32}$/, 'traceId');
same_json(
    $first,
    {
        id        => "$id-1",
        productId => $id,
        seq       => 1,
        type      => 'set',
        delta     => 10,
        stockAfter => 10,
    },
    'the first stock is the first movement'
);

my $trace  = '0af7651916cd43dd8448eb211c80319c';
my $bought = $t->post(
    $t->path($product, 'purchase'), { quantity => 3 },
    headers => [
        'X-User'    => "b\xc3\xb6b",
        traceparent => "00-$trace-b7ad6b7169203331-01",
    ],
);
my $last = movements($id)->json->{items}[0];
like(delete $last->{at}, $TIME, 'at');
same_json(
    $last,
    {
        id         => $bought->json->{movementId},
        productId  => $id,
        seq        => 2,
        type       => 'purchase',
        delta      => -3,
        stockAfter => 7,
        actor      => "b\x{f6}b",
        traceId    => $trace,
    },
    'a purchase'
);

$t->patch($t->path($product), { name => 'new', tags => ['a'], price => 2.5 });
$t->patch($t->path($product), { stock => 30, tags => undef, lowStock => 4 });
my @two = @{ movements($id, '?limit=2')->json->{items} };
is($two[0]{type}, 'set', 'a new stock');
is($two[0]{delta}, 23, 'with its delta');
same_json($two[0]{changes}, { tags => [ ['a'], undef ], lowStock => [ undef, 4 ] },
    'and what else was changed');
is($two[1]{type}, 'edit', 'an edit');
is($two[1]{delta}, 0, 'moves nothing');
same_json(
    $two[1]{changes},
    {
        name  => [ 'old', 'new' ],
        price => [ $product->{price}, 2.5 ],
        tags  => [ undef, ['a'] ],
    },
    'shows what was changed'
);

# Pages
$t->request(POST => $t->path($product, 'purchase')) for 1 .. 21;
for my $limit (1, 7, 24, 25, 26) {
    my @items = walk(movements($id, "?limit=$limit"));
    is(join(' ', map { $_->{seq} } @items), join(' ', reverse 1 .. 25),
        "limit=$limit: each once, newest first");
}
my $stock = 0;
for my $movement (reverse walk(movements($id))) {
    $stock += $movement->{delta};
    is($movement->{stockAfter}, $stock, "stock after $movement->{seq}");
}
is($t->head("/api/products/$id/movements")->header('Content-Length'),
    length movements($id)->body, 'HEAD');

# A page that goes on where it was, whatever happens meanwhile.
my $cursor = movements($id, '?limit=5')->json->{page}{next};
$t->request(POST => $t->path($product, 'purchase')) for 1 .. 3;
is(movements($id, "?limit=5&cursor=$cursor")->json->{items}[0]{seq}, 20,
    'the cursor is a place');

# Entries of many ops: put there by hand.
my $many = $t->create(stock => 0);
my @ops = map {
    {
        t => $_ % 2 ? 'restock' : 'purchase',
        d => Inv::Mongo::long($_ % 2 ? 5 : -1),
        k => 'private',
        $_ % 10 == 0 ? (ref => "PO-\x{1F4E6} &+%/$_") : (),
    }
} 1 .. 200;
$t->mongo->update(
    'products',
    { _id => Inv::Mongo::oid($many->{id}) },
    {
        '$set' => {
            dirty => JSON::PP::true,
            seq   => Inv::Mongo::long(201),
            stock => Inv::Mongo::long(400),
        },
        '$push' => {
            outbox => {
                b     => Inv::Mongo::oid('5a' x 12),
                from  => Inv::Mongo::long(2),
                to    => Inv::Mongo::long(201),
                after => Inv::Mongo::long(400),
                at    => {
                    '$date' => Inv::Mongo::long(1_500_000_000_000)
                },
                ops => \@ops,
            }
        }
    }
);
my @items = walk(movements($many->{id}, '?limit=30'));
is(join(' ', map { $_->{seq} } @items), join(' ', reverse 1 .. 201),
    'an entry of 200 ops in pages of 30');
is($items[0]{stockAfter}, 400, 'the last stock');
is($items[1]{stockAfter}, 401, 'and the one before it');
unlike(movements($many->{id}, '?limit=100')->body, qr/private|"k"/,
    'keys are nobody\'s business');

# All products
@items = walk(all_movements('?limit=50'));
is(scalar @items, 201 + 28, 'all movements');
is(scalar(keys %{ { map { $_->{id} => 1 } @items } }), 201 + 28, 'each once');
my @order = map { "$_->{at} $_->{productId} " . sprintf '%09d', $_->{seq} } @items;
is_deeply(\@order, [ reverse sort @order ], 'newest first, by product, by seq');
is(scalar walk(all_movements('?type=purchase&limit=100')), 100 + 25, 'a type');
is(scalar walk(all_movements('?type=undo')), 0, 'a type that nothing has');
my @found = walk(all_movements('?reference=PO-%F0%9F%93%A6%20%26%2b%25/100&limit=1'));
is(join(' ', map { $_->{seq} } @found), '101', 'a reference');
is(scalar walk(all_movements('?reference=PO-%F0%9F%93%A6+%26%2b%25/100&type=restock')),
    0, 'a reference with another type');
is(scalar walk(all_movements('?to=2017-07-14T04:40:00.001%2b02:00&limit=99')),
    200, 'before a time');
is(scalar walk(all_movements('?to=2017-07-14T02:40:00Z')), 0,
    'which is not in it');
is(scalar walk(all_movements('?from=2017-07-14T02:40:00.001Z&limit=99')), 29,
    'from a time on');
is(scalar walk(all_movements(
    '?from=2017-07-14t02:40:00.0009z&to=2017-07-14T02:40:00.001Z&type=restock')),
    100, 'which is in it');

# The sweep moves them on meanwhile: nothing is seen twice or missed.
@items = walk(all_movements('?limit=10&type=restock'));
is(scalar(keys %{ { map { $_->{id} => 1 } @items } }), 100, 'in any case');
ok(
    wait_until(
        sub {
            !$t->mongo->find('products', { dirty => JSON::PP::true });
        },
        30
    ),
    'all is drained'
);
is(scalar walk(all_movements('?limit=90')), 201 + 28, 'all from the ledger');
is(scalar walk(movements($many->{id}, '?limit=90')), 201, 'of one, too');

# Products that are gone
$t->status_is($t->delete($t->path($product)), 204, 'deleted');
is(scalar walk(movements($id)), 28, 'its movements remain');
$t->problem_is(movements('0' x 24), 404, 'not-found', 'one that never was');
$t->problem_is(movements('x' x 24), 404, 'not-found', 'no id');

# What is refused
my %wrong = (
    '?limit=0'                 => ['?limit'],
    '?cursor='                 => ['?cursor'],
    '?cursor=x'                => ['?cursor'],
    '?page=1'                  => ['?page'],
    '?limit=1&limit=2'         => ['?limit'],
);
my $list = "/api/products/$many->{id}/movements";
$t->pointers_are($t->get($list . $_), $wrong{$_}, "422: $_")
    for sort keys %wrong;
$t->pointers_are($t->get("$list?type=set"), ['?type'], '422: type of one');
%wrong = (
    %wrong,
    '?type=sale'                    => ['?type'],
    '?type='                        => ['?type'],
    '?reference='                   => ['?reference'],
    '?from=2026-11-21'              => ['?from'],
    '?from=yesterday'               => ['?from'],
    '?to=2026-02-29T00:00:00Z'      => ['?to'],
    '?from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z' => ['?to'],
    '?from=x&to=y&type=z&limit=0'   => [ '?from', '?limit', '?to', '?type' ],
);
$t->pointers_are(all_movements($_), $wrong{$_}, "422: $_") for sort keys %wrong;

# Cursors are bound to their list and its filters.
my $of_all = all_movements('?limit=1')->json->{page}{next};
my $of_one = $t->get("$list?limit=1")->json->{page}{next};
$t->status_is(all_movements("?cursor=$of_all"), 200, 'its own');
for my $case (
    [ "/api/movements?type=set&cursor=$of_all", 'with another filter' ],
    [ "/api/movements?cursor=$of_one",          'of one product, for all' ],
    [ "$list?cursor=$of_all",                   'of all, for one product' ],
    [ "/api/products/$id/movements?cursor=$of_one", 'of another product' ],
    [ "/api/products?cursor=$of_all",           'for products' ],
    )
{
    $t->pointers_are($t->get($case->[0]), ['?cursor'], $case->[1]);
}
$t->problem_is($t->post('/api/movements', {}), 405, 'method-not-allowed', 'POST');

$t->done;
