# Keys across nginx instances, and over workers and databases that are killed:
# the first answer again, and each thing done once.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Chaos::Proxy;
use Inv::Test;

my $database = Inv::Servers->private('mongo');
my $dir   = File::Temp->newdir('inv-nodes-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => $database->uri,
    seed => 5,
    log  => "$dir/proxy.log",
);
my $t = Inv::Test->new(mongo => $proxy->uri, private => 1);
$t->{mongo}
    = Inv::Mongo->new(Inv::Servers::with_database($database->uri, $t->database));
my @parts = (directives => <<'EOD');
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout 2s;
EOD
$t->run(@parts);
$t->run_beside('second', @parts);
my @ports = ($t->port('main'), $t->port('second'));
$_->allow(qr/exited on signal 9/, qr/was locked by/)
    for $t->nginx, $t->nginx('second');

my $keys = 0;
sub keyed {
    my ($product, %opt) = @_;
    return [
        POST    => $t->path($product, 'purchase'),
        json    => { quantity => 2 },
        headers => [ 'Idempotency-Key' => 'nodes-' . ++$keys ],
        %opt
    ];
}

sub stock_of { my ($product) = @_; return $t->mongo->product($product->{id})->{stock} }

# Asks until the answer is final.
sub final {
    my ($request, $port) = @_;
    my $r;
    wait_until(
        sub {
            $r = $t->request(@{$request}, port => $port);
            return $r->status && $r->status < 500;
        },
        12
    );
    return $r;
}

# Replays at the other instance, of what was done and of what was refused.
for my $status (200, 409) {
    my $product = $t->create(stock => $status == 200 ? 3 : 1);
    my $request = keyed($product);
    my $first = $t->request(@{$request}, port => $ports[0]);
    $t->status_is($first, $status, "$status here");
    $t->post($t->path($product, 'restock'), { quantity => 5 });
    for my $port (@ports[ 1, 0, 1 ]) {
        my $again = $t->request(@{$request}, port => $port);
        is($again->status . $again->body, $status . $first->body,
            "$status: the same answer, here and there");
        is($again->header('Idempotency-Replayed'), 'true', 'and it says so');
    }
    $t->books_ok($product);
}

# Duplicates at both at the same time.
for my $round (1 .. 6) {
    my $product = $t->create(stock => $round % 2 ? 30 : 1);
    my $status = $round % 2 ? 200 : 409;
    my $request = keyed($product);
    my @answers
        = $t->all(map { [ @{$request}, port => $ports[ $_ % 2 ] ] } 1 .. 20);
    is_deeply($t->tally(@answers), { $status => 20 }, "round $round: $status");
    my %body = map { $_->body => 1 } @answers;
    is(scalar keys %body, 1, "round $round: all are told the same");
    is(scalar(grep { !defined $_->header('Idempotency-Replayed') } @answers),
        1, "round $round: one is the first");
    is(stock_of($product), $round % 2 ? 28 : 1, "round $round: done once");
    $t->books_ok($product);
}

# The workers die before they know what became of it; the retry finishes it,
# at the same instance or at the other, and nothing lands twice.
sub workers_die {
    my ($name, $fault, $at, $patience) = @_;
    my $product = $t->create(stock => 10);
    my $request = keyed($product);
    my $connection = Inv::HTTP::Connection->new($ports[0]);
    my ($kind) = split ' ', $fault;
    my $before = $proxy->status->{$kind};

    $proxy->faults("$fault collection=products");
    my ($method, $path, %opt) = @{$request};
    $connection->write(request_text($method, $path, %opt));
    ok(wait_until(sub { $proxy->status->{$kind} > $before }),
        "$name: it was sent");
    kill KILL => $t->nginx->workers;
    $proxy->faults;
    $connection->close;
    # As if it had changed hands often.
    $t->mongo->update('claims', {}, { '$set' => { gen => Inv::Mongo::long(50) } })
        if $patience;

    my $retry = final($request, $ports[$at]);
    $t->status_is($retry, 200, "$name: the retry");
    is($retry->json->{remaining}, 8, "$name: what is so");
    ok(wait_until(sub { !$proxy->status->{'under-way'} }), "$name: all landed");
    for my $port (@ports) {
        my $again = final($request, $port);
        is($again->body, $retry->body, "$name: the same at port $port");
        is($again->header('Idempotency-Replayed'), 'true', "$name: replayed");
    }
    is(stock_of($product), 8, "$name: once");
    $t->books_ok($product);
    return;
}
workers_die('lost',              'drop 1000000',              1);
workers_die('applied',           'swallow 1000000',           1);
workers_die('late',              'hold 1000000 ms=1500-1500', 1);
workers_die('late, same node',   'hold 1000000 ms=1500-1500', 0);
workers_die('an old key',        'swallow 1000000',           1, 1);

# The database is killed, and started on its data.
my $product = $t->create(stock => 100);
my @requests = map { keyed($product) } 1 .. 12;
my @early = $t->all(map { [ @{$_} ] } @requests[ 0 .. 5 ]);
is_deeply($t->tally(@early), { 200 => 6 }, 'before the database is killed');
$database->kill;
my @lost = $t->all(map { [ @{$_}, port => $ports[1] ] } @requests[ 6 .. 11 ]);
is(scalar(grep { $_->status < 500 } @lost), 0, 'killed: errors');
$database->start;
for my $n (0 .. 11) {
    my $r = final($requests[$n], $ports[ $n % 2 ]);
    $t->status_is($r, 200, "killed and started: request $n");
    is($r->body, $early[$n]->body, "request $n: the first answer")
        if $n < 6;
}
is(stock_of($product), 100 - 24, 'each once');
$t->books_ok($product);

$t->done;
