# Who did it: inventory_principal in the ledger.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use Inv::Books qw(operations);

my $t = Inv::Test->new;
$t->run(
    http      => 'inventory_principal "somebody";',
    locations => <<'EOT');
        location /api/ { inventory_api; }
        location /named/ {
            inventory_api;
            inventory_principal $http_x_user;
        }
        location /fixed/ {
            inventory_api;
            inventory_principal "till 7";
        }
EOT

my $product = $t->create(stock => 10);
my $id = $product->{id};
my @steps = (
    [ '/api',   undef,   'somebody' ],
    [ '/named', 'alice', 'alice' ],
    [ '/named', undef,   '' ],
    [ '/named', "b\xc3\xb6b \"x\" \$y.z", "b\x{f6}b \"x\" \$y.z" ],
    [ '/fixed', 'mallory', 'till 7' ],
);
for my $step (@steps) {
    my ($prefix, $user) = @{$step};
    $t->status_is(
        $t->request(
            POST => "$prefix/products/$id/purchase",
            defined $user ? (headers => [ 'X-User' => $user ]) : (),
        ),
        200, 'bought'
    );
}
$t->patch("/named/products/$id", { name => 'edited' },
    headers => [ 'X-User' => 'carol' ]);

my @operations = operations($t->mongo, $id);
is($operations[0]{who}, 'somebody', 'the create');
for my $n (0 .. $#steps) {
    is($operations[ $n + 1 ]{who} // '', $steps[$n][2],
        "through $steps[$n][0]: '$steps[$n][2]'");
}
is($operations[-1]{who}, 'carol', 'the edit');

# A name of any length or bytes does no harm.
for my $user ('x' x 255, 'y' x 300, "bad \xff\xfe bytes") {
    $t->status_is(
        $t->request(POST => "/named/products/$id/purchase",
            headers => [ 'X-User' => $user ]),
        200, 'bought by ' . length($user) . ' bytes');
}
$t->books_ok($product);

$t->done;
