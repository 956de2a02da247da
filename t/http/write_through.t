# After a write the copy in Redis is the new product, whole: whoever reads next
# needs no database.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Copy;
use Inv::Test;

# The one under test; the other has no copies at all and tells what is so.  Each
# worker gets its share of requests: reuseport.
my $t = Inv::Test->new->run(listen => '127.0.0.1:%%PORT%% reuseport');
my $truth = $t->run_beside('truth', directives => <<'EOD');
    inventory_mongo "%%MONGO%%";
    inventory_redis off;
    inventory_cache redis=off local=off;
    inventory_timeout 10s;
EOD

# Redis may be slow on a machine that is: what is written while it is away is
# told to nobody.  To be called before a write.
sub redis_is_used {
    wait_until(
        sub {
            my @answers = $t->all(map { [ GET => '/health/ready' ] } 1 .. 16);
            return !grep { ($_->json // {})->{status} ne 'ok' } @answers;
        }
    ) or die "Redis is not used\n";
    return;
}

# The beginning of all keys: the first product's, without its id.
my $key;

sub copy_of {
    my ($id) = @_;
    $key //= key_before($id);
    my $copy = $t->redis->command(GET => $key . $id) // return;
    my $read = Inv::Copy->read($copy) or die "not a copy: $copy\n";
    die "a copy of $read->{id} as that of $id\n" if $read->{id} ne $id;
    return { version => 0 + $read->{version}, body => $read->{body} };
}

sub key_before {
    my ($id) = @_;
    my @keys;
    wait_until(sub { @keys = $t->redis->keys_with($id) });
    my ($before) = ($keys[0] // '') =~ /^(.*)$id$/ or die "no key of $id\n";
    return $before;
}

# What stands against the copy: '' where it is what MongoDB has.  The command
# to Redis leaves before the write is acknowledged; its end is not awaited.
sub difference {
    my ($id) = @_;
    my $read = $t->get("/api/products/$id", port => $truth->{port});
    return "$id: the truth is " . $read->status if $read->status != 200;
    my $version = $read->json->{version};
    my $copy;
    wait_until(
        sub {
            $copy = copy_of($id);
            return $copy && $copy->{version} >= $version;
        },
        5
    ) or return "$id: the copy is of version "
        . ($copy // { version => 'none' })->{version} . ", not $version";
    return "$id: the copy is of version $copy->{version}, not $version"
        if $copy->{version} != $version;
    return "$id: the copy has no body" if $copy->{body} eq '';
    return $copy->{body} eq $read->body
        ? ''
        : "$id: the copy is $copy->{body}, not " . $read->body;
}

sub copy_is_right {
    my ($product, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is(difference($product->{id}), '', $name);
}

sub copies_are_right {
    my ($products, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @wrong = grep {length} map { difference($_->{id}) } @{$products};
    return is(join("\n", splice @wrong, 0, 5), '', $name);
}

# None, or one without a body: a marker.
sub has_no_copy {
    my ($product, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(
        wait_until(
            sub {
                my $copy = copy_of($product->{id});
                return !$copy || $copy->{body} eq '';
            },
            5
        ),
        $name
    );
}

# A product with all that one can have, and one with nothing else.
redis_is_used();
my $full = $t->create(
    sku => 'WRITE-1', name => "T-shirt \x{201c}\x{e9}\x{1f600}\x{201d}\\\"/",
    description => "two\nlines \x{2028}", price => 19.99, category => 'shirts',
    tags => [ 'red', 'red', "\x{7e}" ], stock => 1000, lowStock => 3,
);
my $bare = $t->create(name => 'Bare', price => 0);
my $large = $t->create(
    name        => "\x{1f600}" x 200,
    description => "\x{1f600}" x 5000,
    tags        => [ map { "\x{1f600}" x 60 . $_ } 1 .. 20 ],
    stock       => 1000,
);
my $empty = $t->create(description => '', tags => [], stock => 1000);
my %products = (full => $full, bare => $bare, large => $large, empty => $empty);
copy_is_right($products{$_}, "created: $_") for sort keys %products;

# Every kind of write, and the answer of a read that follows it.
my $changes = 0;
my %write = (
    'a restock' => sub { $t->post("$_[0]/restock", { quantity => 7 }) },
    'a restock with a reference' => sub {
        $t->post("$_[0]/restock", { quantity => 2, reference => "PO-\x{e9}" });
    },
    'an adjustment' => sub {
        $t->post("$_[0]/adjust", { delta => 5, reason => 'found' });
    },
    'a purchase after these' => sub {
        $t->post("$_[0]/purchase", { quantity => 3 });
    },
    'a purchase with a key' => sub {
        $t->post("$_[0]/purchase", { quantity => 1 },
            headers => [ 'Idempotency-Key' => 'write-' . ++$changes ]);
    },
    'a purchase that matches' => sub {
        my $read = $t->get($_[0], port => $truth->{port});
        return $t->post("$_[0]/purchase", { quantity => 1 },
            headers => [ 'If-Match' => $read->header('ETag') ]);
    },
    'PATCH'                => sub { $t->patch($_[0], { category => 'new' }) },
    'PATCH of the stock'   => sub { $t->patch($_[0], { stock => 500 }) },
    'PATCH of nothing'     => sub { $t->patch($_[0], {}) },
    'PATCH that removes'   => sub { $t->patch($_[0], { category => undef }) },
    'PUT'                  => sub {
        $t->put($_[0],
            { name => 'Put', price => 1234567890.1234, tags => ['x'] });
    },
    'PUT with a stock' => sub {
        $t->put($_[0], { name => 'Put again', price => 10, stock => 77 });
    },
);
for my $name (sort keys %products) {
    my $path = $t->path($products{$name});
    for my $kind (sort keys %write) {
        redis_is_used();
        my $answer = $write{$kind}->($path);
        $t->status_is($answer, 200, "$name: $kind") if $answer->status != 200;
        copy_is_right($products{$name}, "$name: $kind");
    }
    like($t->get($path)->header('Cache-Status'),
        qr/^inventory; hit/, "$name: the next reader gets the copy");
}

# What is refused changes no copy.
$t->status_is($t->post($t->path($bare, 'purchase'), { quantity => 10_000 }),
    409, 'too little');
copy_is_right($bare, 'after a refusal');

# What others keep in the same document is no part of it.
$t->mongo->update('products', { _id => Inv::Mongo::oid($full->{id}) },
    { '$set' => { theirs => 'secret', purchases => { outbox => 1 } } });
redis_is_used();
$t->request(POST => $t->path($full, 'purchase'));
copy_is_right($full, 'with members of others');

# Many at once: of one product, then of many that share their statements.
my $hot = $t->create(name => 'Hot', stock => 1000);
redis_is_used();
my @answers = $t->all(map { [ POST => $t->path($hot, 'purchase') ] } 1 .. 200);
is_deeply($t->tally(@answers), { 200 => 200 }, 'a hot product');
copy_is_right($hot, 'a hot product: its last version');

my @many = map { $t->create(name => "Number $_", stock => 100) } 1 .. 70;
for my $round (1 .. 3) {
    redis_is_used();
    @answers = $t->all(map { [ POST => $t->path($_, 'purchase') ] } @many);
    is_deeply($t->tally(@answers), { 200 => 70 }, "many at once: $round");
    copies_are_right(\@many, "many at once: $round: their copies");
}

sub batch {
    my ($type, $quantity) = @_;
    return $t->post(
        '/api/stock/batch',
        {   operations => [
                map {
                    {   productId => $_->{id},
                        type      => $type,
                        quantity  => $quantity
                    }
                } @many,
                @many
            ]
        }
    );
}
for my $type (qw(purchase restock)) {
    redis_is_used();
    my $answer = batch($type, 2);
    $t->status_is($answer, 200, "$type in a batch");
    is(scalar(grep { $_->{movementId} } @{ $answer->json->{results} }),
        2 * @many, "$type in a batch: all lines");
    copies_are_right(\@many, "$type in a batch: their copies");
}

# Some of them have too little: theirs stay right as well.
$t->patch($t->path($many[$_]), { stock => 1 }) for 5, 6, 40;
redis_is_used();
my $partly = batch('purchase', 2)->json->{results};
is(scalar(grep { ($_->{status} // 0) == 409 } @{$partly}), 6, 'some have none');
copies_are_right(\@many, 'some have none: the copies');

# A product that cannot be read is sold as before, alone and among others, and
# has no copy; the others have theirs.
my @damaged = @many[ 1, 2 ];
for my $product (@damaged) {
    $t->mongo->update('products', { _id => Inv::Mongo::oid($product->{id}) },
        { '$set' => { price => 'cheap' } });
}
redis_is_used();
$t->status_is($t->request(POST => $t->path($damaged[0], 'purchase')),
    200, 'damaged: sold alone');
has_no_copy($damaged[0], 'and its old copy is gone');
redis_is_used();
@answers = $t->all(map { [ POST => $t->path($_, 'purchase') ] } @many[ 0 .. 3 ]);
is_deeply($t->tally(@answers), { 200 => 4 }, 'damaged: sold among others');
copies_are_right([ @many[ 0, 3 ] ], 'the others have their copies');
for my $product (@damaged) {
    has_no_copy($product, 'a damaged one has none');
    $t->problem_is($t->get($t->path($product)), 500, 'damaged', 'nor is it read');
    $t->mongo->update('products', { _id => Inv::Mongo::oid($product->{id}) },
        { '$set' => { price => 3 } });
}
redis_is_used();
$t->status_is($t->request(POST => $t->path($damaged[0], 'purchase')),
    200, 'mended, and sold');
copy_is_right($damaged[0], 'mended: it has a copy again');

# What is deleted leaves none.
for my $product ($full, $many[0]) {
    redis_is_used();
    $t->status_is($t->delete($t->path($product)), 204, 'deleted');
    has_no_copy($product, 'a deleted product has no copy');
    $t->status_is($t->get($t->path($product)), 404, 'nor can it be read');
}

$t->books_ok($_) for $bare, $hot, $damaged[0];

$t->done;
