# PATCH of a product: merge patch, preconditions, no lost update.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;
my $product = $t->create(
    name => 'Patch me', price => 5, sku => 'PATCH-1', stock => 4,
    category => 'c', tags => [ 'a', 'b' ], description => 'd', lowStock => 2,
);
my $path = $t->path($product);

my $r = $t->patch($path, { price => 7.5, tags => ['z'] });
$t->status_is($r, 200, 'patched');
is($r->header('ETag'), '"2"', 'a new version');
same_json(
    $r->json,
    {   %{$product},
        price     => 7.5,
        tags      => ['z'],
        version   => 2,
        updatedAt => $r->json->{updatedAt},
    },
    'only what was said has changed; arrays are replaced'
);
same_json($t->get($path)->json, $r->json, 'and so it is read');

$r = $t->patch($path, { map { $_ => undef }
        qw(sku category tags description lowStock) });
is(join(' ', sort keys %{ $r->json }),
    'createdAt id name price reserved stock updatedAt version',
    'null removes optional members');
$t->pointers_are($t->patch($path, { name => undef, price => undef }),
    [ '/name', '/price' ], 'null does not remove required ones');

is($t->patch($path, {})->json->{version}, 3, 'an empty patch changes nothing');
is($t->patch($path, { sku => undef })->json->{version}, 3,
    'nor does removing what is not there');
is($t->patch($path, { name => 'Patch me' })->json->{version}, 3,
    'nor does the same value');

$r = $t->patch($path, { stock => 11 });
is($r->json->{stock}, 11, 'stock is set');
$t->books_ok($product);

$t->status_is($t->patch($path, { price => 1 }, type => 'application/json'),
    200, 'application/json is taken too');
$t->pointers_are($t->patch($path, { colour => 1, version => 2, stock => -1 }),
    [qw(/colour /version /stock)], 'faults');
$t->pointers_are($t->patch($path, []), [''], 'a patch is an object');
$t->problem_is($t->patch('/api/products/000000000000000000000000', {}),
    404, 'not-found', 'nothing to patch');
$t->create(sku => 'PATCH-2');
$t->problem_is($t->patch($path, { sku => 'PATCH-2' }), 409, 'sku-taken');

# Preconditions
my $version = $t->get($path)->json->{version};
my $match = sub {
    my ($tag, $name) = @_;
    return $t->patch($path, { name => $name },
        headers => [ 'If-Match' => $tag ]);
};
$t->problem_is($match->('"1"', 'no'), 412, 'precondition-failed');
is($t->get($path)->json->{name}, 'Patch me', 'nothing was written');
$t->status_is($match->(qq{"$version"}, 'strong'), 200, 'the strong tag');
$version++;
$t->status_is($match->(qq{W/"$version"}, 'weak'), 200, 'a weakened tag');
$t->problem_is(
    $t->patch($path, {}, headers => [ 'If-Match' => '"1"' ]),
    412, 'precondition-failed', 'also where nothing would change');

# Lost updates: of those who saw the same version, one writes.
for my $round (1 .. 5) {
    my $seen = $t->get($path)->header('ETag');
    my @answers = $t->all(
        map {
            [   PATCH => $path,
                json    => { name => "round $round writer $_" },
                headers => [ 'If-Match' => $seen ],
            ]
        } 1 .. 10
    );
    is_deeply($t->tally(@answers), { 200 => 1, 412 => 9 },
        "round $round: one of ten writes");
    my ($winner) = grep { $_->status == 200 } @answers;
    is($t->get($path)->json->{name}, $winner->json->{name}, 'and is kept');
}

# Without preconditions, edits of different members all stay.
$t->patch($path, { stock => 100 });
my %member = (name => 'all', price => 3, category => 'k', description => 'all',
    lowStock => 9, sku => 'ALL');
my @answers = $t->all(map { [ PATCH => $path, json => { $_ => $member{$_} } ] }
        sort keys %member);
is_deeply($t->tally(@answers), { 200 => 6 }, 'six members at once');
my $now = $t->get($path)->json;
is($now->{$_}, $member{$_}, "$_ was written") for sort keys %member;

# Edits of one member at once: each is told in the ledger as it happened, what
# one has left the next has found.
for my $round (1 .. 3) {
    @answers = $t->all(
        map { [ PATCH => $path, json => { name => "round $round, $_" } ] }
            1 .. 30);
    is_deeply($t->tally(@answers), { 200 => 30 }, "round $round: thirty names");
}
my @names = map { $_->{changes}{name} // () }
    Inv::Books::operations($t->mongo, $product->{id});
cmp_ok(scalar @names, '>=', 90, 'the ledger has every name');
is(scalar(grep { $names[$_][0] ne $names[ $_ - 1 ][1] } 1 .. $#names), 0,
    'each found what the one before had left');

# If-Match against purchases: what is written is written on what was seen.
my $late = 0;
for my $round (1 .. 10) {
    my $seen = $t->get($path)->json->{version};
    @answers = $t->all(
        map {
            ([ POST => "$path/purchase", json => { quantity => 1 } ],
             [  PATCH   => $path,
                json    => { name => "seen $seen" },
                headers => [ 'If-Match' => qq{"$seen"} ],
             ])
        } 1 .. 4
    );
    $late += grep {
        ($_->json // {})->{name} && $_->json->{version} != $seen + 1
    } @answers;
}
is($late, 0, 'If-Match holds while others buy');

# Edits and purchases do not undo each other.
$t->patch($path, { stock => 50 });
my $before = 50;
@answers = $t->all(
    (map { [ PATCH => $path, json => { name => "edit $_" } ] } 1 .. 10),
    (map { [ POST  => "$path/purchase" ] } 1 .. 10),
);
is_deeply($t->tally(@answers), { 200 => 20 }, 'ten edits, ten purchases');
is($t->get($path)->json->{stock}, $before - 10, 'ten are sold');
$t->books_ok($product);

$t->done;
