# Requests that nginx mirrors into a second location of the service: with a key
# both wait for one operation, and the end of one may end the other.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Chaos::Proxy;
use Inv::Metrics;
use Inv::Test;

my $dir   = File::Temp->newdir('inv-mirror-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => Inv::Servers::mongo_uri(),
    seed => 1,
    log  => "$dir/proxy.log",
);
my $t = Inv::Test->new(mongo => $proxy->uri, workers => 1);

# The test's own look at the database meets no fault.
$t->{mongo} = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database));
$t->run(http => <<'EOT', locations => <<'EOT2');
    map $request_uri $copied { ~^/mirrored(?<rest>/.*)$ /second$rest; }
EOT
        location /api/ { inventory_api; }
        location /mirrored/ {
            inventory_api;
            inventory_timeout 500ms;
            mirror /mirror;
        }
        location = /mirror { internal; rewrite ^ $copied last; }
        location /second/ {
            internal;
            inventory_api;
            inventory_timeout 500ms;
        }
        location /metrics { inventory_metrics; }
EOT2
$t->nginx->allow(qr/\[error\].*inventory: /);
my ($worker) = $t->nginx->workers;

sub key { my ($key) = @_; return (headers => [ 'Idempotency-Key' => $key ]) }

sub stock_of { my ($product) = @_; return $t->mongo->product($product->{id})->{stock} }

sub joined {
    return Inv::Metrics->new($t->get('/metrics'))
        ->value('inventory_idempotency_keys_total', event => 'joined');
}

sub access_lines {
    my ($pattern) = @_;
    open my $in, '<', $t->dir . '/access.log' or return 0;
    return scalar grep {/$pattern/} <$in>;
}

# Claims that are out for longer than the requests that follow have: no other
# goes out meanwhile.  Returns their connections.
sub claims_are_out {
    my ($product) = @_;
    $proxy->faults('delay 1000000 ms=3000-3000 collection=claims');
    return map {
        my $before = $proxy->status->{delay};
        my $connection = Inv::HTTP::Connection->new($t->port);
        $connection->write(request_text(POST => $t->path($product, 'purchase'),
            json => { quantity => 1 }, key("$product->{id}-$_")));
        ok(wait_until(sub { $proxy->status->{delay} > $before }),
            'a claim is out');
        $connection;
    } 1 .. 2;
}

# The client is gone before nginx has read its request: only the answer to the
# first of the two that wait finds that out, and ends the second.
sub gone {
    my ($path, $json, $key) = @_;
    my $product = $t->create(stock => 10);
    my @others = claims_are_out($product);
    my $before = joined();
    $path = $path->($product);
    kill 'STOP', $worker;
    my $connection = Inv::HTTP::Connection->new($t->port);
    $connection->write(request_text(POST => $path, json => $json->($product),
        key($key)));
    $connection->reset;
    kill 'CONT', $worker;
    ok(wait_until(sub { access_lines(qr{"POST \Q$path\E HTTP/1\.1" 50[34] }) }),
        "$key: it is over");
    cmp_ok(joined(), '>', $before, "$key: two had waited for it");
    is(join(' ', $t->nginx->workers), $worker, "$key: the worker lives");
    $proxy->faults;
    is(join(' ', map { $_->response(method => 'POST')->status } @others),
        '200 200', "$key: the others are served");
    $_->close for @others;
    is(stock_of($product), 8, "$key: nothing was bought for nobody");
    $t->books_ok($product);
    return;
}

# All is well: one purchase, though it came twice.
my $product = $t->create(stock => 10);
my $r = $t->post("/mirrored/products/$product->{id}/purchase", { quantity => 3 },
    key('well'));
$t->status_is($r, 200, 'mirrored, with a key');
is(joined(), 1, 'the second has joined the first');
is(stock_of($product), 7, 'bought once');

gone(sub {"/mirrored/products/$_[0]{id}/purchase"}, sub { { quantity => 3 } },
    'purchase');

my $line = sub {
    my ($of) = @_;
    return { productId => $of->{id}, type => 'purchase', quantity => 3 };
};
gone(
    sub {'/mirrored/stock/batch'},
    sub {
        my ($of) = @_;
        return {
            operations => [ $line->($of), { %{ $line->($of) }, key => 'line' } ]
        };
    },
    'batch'
);

$t->done;
