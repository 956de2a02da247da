# Two routers and two shards: the ledger is sharded as docs/operating.md has it,
# its entries move from one shard to the other while the service sells through
# both routers, and the accounts stay exact.  Then products is sharded as well:
# the unique sku is refused, in one line.
#
# MONGO_URI names the routers.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::Test;

use constant {
    PRODUCTS => 8,
    ROUNDS   => 40,    # of one purchase of each product
    STOCK    => 1000,
};

my $t = Inv::Test->new;
my $admin = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), 'admin'));
my $hello = $admin->command(hello => 1);
die "MONGO_URI names no router\n" if ($hello->{msg} // '') ne 'isdbgrid';
my @shards = map { $_->{_id} } @{ $admin->command(listShards => 1)->{shards} };
is(scalar @shards, 2, 'two shards');
my $database = $t->database;
my $ledger   = "$database.ledger";

# As in docs/operating.md, before the first start.
$admin->command(enableSharding => $database);
$admin->raw(qq({"shardCollection":"$ledger","key":{"productId":1,"to":1}}));

sub ready {
    return wait_until(sub { $t->get('/health/ready')->status == 200 }, 30);
}

sub is_drained {
    return wait_until(
        sub { !$t->mongo->find('products', { dirty => JSON::PP::true }) }, 60);
}

$t->run;
ok(ready(), 'ready');
ok(
    wait_until(
        sub {
            my $reply = $t->mongo->try(listIndexes => 'ledger');
            $reply->{ok} && @{ $reply->{cursor}{firstBatch} } >= 6;
        },
        60
    ),
    'the indexes are made through a router'
);
my @products = sort { $a->{id} cmp $b->{id} }
    map { $t->create(name => "Product $_", stock => STOCK, sku => "S-$_") }
    1 .. PRODUCTS;

# The upper half goes to the shard that has it not.
sub move_half {
    my ($to) = @_;
    my $middle = sprintf '{"productId":{"$oid":"%s"},"to":{"$numberLong":"5"}}',
        $products[ PRODUCTS / 2 ]{id};
    $admin->raw(qq({"split":"$ledger","middle":$middle}));
    return JSON::PP::decode_json(
        $admin->raw(
            qq({"moveChunk":"$ledger","find":$middle,"to":"$to",)
                . '"_waitForDelete":true}'
        )
    );
}

my %status;
my %key;
for my $round (1 .. ROUNDS) {
    if ($round % 10 == 0) {
        my $reply = move_half($shards[ ($round / 10) % 2 ]);
        ok($reply->{ok} && Inv::Mongo::plain($reply)->{ok},
            "a part of the ledger is moved in round $round")
            or diag(JSON::PP::encode_json($reply));
    }
    for my $product (@products) {
        my $key = "sharded-$round-$product->{id}";
        my $r = $t->post($t->path($product, 'purchase'), { quantity => 1 },
            headers => [ 'Idempotency-Key' => qq("$key") ]);
        $status{ $r->status }++;
        $key{$key} = [ $product, $r->text ] if $r->status == 200;
    }
}
is_deeply(\%status, { 200 => ROUNDS * PRODUCTS }, 'all are sold');
ok(is_drained(), 'the outboxes are empty');

my @differing = grep {
    my ($product, $text) = @{ $key{$_} };
    $t->post($t->path($product, 'purchase'), { quantity => 1 },
        headers => [ 'Idempotency-Key' => qq("$_") ])->text ne $text;
} sort keys %key;
is(scalar @differing, 0, 'every key is answered as before, from either shard')
    or diag(join "\n", @differing[ 0 .. ($#differing < 5 ? $#differing : 5) ]);

for my $product (@products) {
    is($t->get($t->path($product))->json->{stock}, STOCK - ROUNDS,
        "the stock of $product->{id}");
    my @entries = $t->mongo->find('ledger',
        { productId => Inv::Mongo::oid($product->{id}) });
    my $sum = 0;
    $sum += $_->{d} for map { @{ $_->{ops} } } @entries;
    is($sum, STOCK - ROUNDS, 'and the sum of its ledger');
}

# What is asked about one product is asked at one shard.
my $explained = Inv::Mongo::plain(
    JSON::PP::decode_json(
        $t->mongo->raw(
            sprintf '{"explain":{"find":"ledger","filter":{"productId":{"$in":'
                . '[{"$oid":"%s"}]},"b":{"$in":[{"$oid":"%024x"}]}}},'
                . '"verbosity":"queryPlanner"}',
            $products[0]{id}, 1
        )
    )
);
is(scalar @{ $explained->{queryPlanner}{winningPlan}{shards} // [] }, 1,
    'a look-up of a batch is asked at one shard');

# Products too: then sku is not unique any more, and that is said.
$t->nginx->finish;
$t->mongo->command(dropIndexes => 'products', index => 'sku_1');
$t->mongo->raw('{"createIndexes":"products","indexes":'
        . '[{"key":{"_id":"hashed"},"name":"_id_hashed"}]}');
$admin->raw(
    qq({"shardCollection":"$database.products","key":{"_id":"hashed"}}));
$t->run;
ok(
    wait_until(
        sub { $t->nginx->log =~ /index could not be made.*"sku_1" of products/ },
        60
    ),
    'the unique sku is refused'
);
$t->nginx->allow(qr/an index could not be made/);
my $sold = $t->post($t->path($products[0], 'purchase'), { quantity => 1 });
$t->status_is($sold, 200, 'and it sells');
is($sold->json->{remaining}, STOCK - ROUNDS - 1, 'exactly');
ok(is_drained(), 'and drains');

$t->done;
