# Clients that abort while the database stalls, 24 at once, over locations that
# are mirrored twice: whatever ends first, no worker dies of it, and what has a
# key is done at most once.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Books qw(operations);
use Inv::Chaos::Proxy;
use Inv::Test;

use constant {
    CONNECTIONS => 24,
    ROUNDS      => 8,
    STOCK       => 100_000,
};

# Of all that is drawn here: what fails is run again with it.
my $seed = $ENV{TEST_SEED} // 13;
srand $seed;

my $dir   = File::Temp->newdir('inv-aborts-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => Inv::Servers::mongo_uri(),
    seed => $seed,
    log  => "$dir/proxy.log",
);
my $t = Inv::Test->new(mongo => $proxy->uri, workers => 1);

# The test's own look at the database meets no fault.
$t->{mongo} = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database));
$t->run(http => <<'EOT', locations => <<'EOT2');
    map $request_uri $copied { ~^/\w+(?<rest>/.*)$ /second$rest; }
    inventory_cache local=off redis=off;
EOT
        location /api/ { inventory_api; }
        location /plain/ { inventory_api; inventory_timeout 300ms; }
        location /mirrored/ {
            inventory_api;
            inventory_timeout 300ms;
            mirror /mirror/1;
            mirror /mirror/2;
        }
        location /mirror/ { internal; rewrite ^ $copied last; }
        location /second/ {
            internal;
            inventory_api;
            inventory_timeout 300ms;
        }
EOT2
$t->nginx->allow(qr/\[error\].*inventory: /);
my ($worker) = $t->nginx->workers;
my @products = map { $t->create(stock => STOCK) } 1 .. 3;

sub one_of { return $_[ int rand @_ ] }

# Each kind: what follows the prefix, and the body; a key stands for its
# requests in the ledger, too.
my @kinds = (
    sub {
        my ($product, $key) = @_;
        return (POST => "/products/$product->{id}/purchase",
            json => { quantity => 1, reference => $key }, key($key));
    },
    sub {
        my ($product, $key) = @_;
        return (POST => '/stock/batch',
            json => { operations => [ lines($product, $key) ] });
    },
    sub {
        my ($product, $key) = @_;
        return (POST => '/stock/batch',
            json => { operations => [ lines($product, $key) ] },
            key("$key-all"));
    },
    sub {
        my ($product) = @_;
        return (POST => "/products/$product->{id}/purchase",
            json => { quantity => 1 });
    },
    sub { my ($product) = @_; return (GET => "/products/$product->{id}") },
    sub { return (GET => '/products?limit=' . one_of(1 .. 3)) },
);

sub key { my ($key) = @_; return (headers => [ 'Idempotency-Key' => $key ]) }

sub lines {
    my ($product, $key) = @_;
    my %line = (productId => $product->{id}, type => 'purchase', quantity => 1);
    return map { { %line, key => "$key-$_", reference => "$key-$_" } } 1 .. 2;
}

# What stalls: longer than the requests have, so that jobs are under way when
# their time is over, and others behind them.
my @stalls = (
    ['delay 1000000 ms=500-900 collection=claims'],
    ['delay 1000000 ms=500-900 collection=products'],
    ['delay 1000000 ms=500-900'],
    ['delay 300000 ms=100-700'],
    ['drop 200000', 'delay 500000 ms=100-500'],
);

# Requests of every kind before a database that stalls: those of clients who
# stay, of those who leave, and what has a key, by what it is.
sub send_all {
    my ($n, @faults) = @_;
    my (@staying, @leaving, %keyed);
    $proxy->faults(@faults);
    for my $i (1 .. CONNECTIONS) {
        my ($of, $kind) = (int rand @products, int rand @kinds);
        my ($method, $path, @options)
            = $kinds[$kind]->($products[$of], "aborts-$n-$of-$kind");
        my $connection = Inv::HTTP::Connection->new($t->port);
        $connection->write(request_text(
            $method => one_of(qw(/plain /mirrored /mirrored)) . $path, @options));
        $keyed{"$of $kind"} = [ $method, "/api$path", @options ] if $kind < 3;
        push @{ rand() < 0.5 ? \@leaving : \@staying },
            [ $connection, $method ];
    }
    return (\@staying, \@leaving, \%keyed);
}

sub leave { $_->[0]->${ \one_of(qw(close reset)) } for @_; return }

sub answers { return map { $_->[0]->response(method => $_->[1]) } @_ }

# Those who abort do so before nginx has read their requests, or afterwards.
sub round_of {
    my ($n) = @_;
    my $stopped = $n % 2;
    wait_until(sub { $t->request(POST => $t->path($products[0], 'purchase'))
                ->status == 200 })
        or return fail("round $n: the database is back");
    kill 'STOP', $worker if $stopped;
    my ($staying, $leaving, $keyed) = send_all($n, @{ one_of(@stalls) });
    leave(@{$leaving}) if $stopped;
    kill 'CONT', $worker;
    my @answers = answers(splice @{$staying}, 0, @{$staying} / 2);
    leave(@{$leaving}) if !$stopped;
    push @answers, answers(@{$staying});
    $proxy->faults;
    is(scalar(grep { !defined } @answers), 0,
        "round $n: those who stay are answered");
    return ok(wait_until(sub { all_done(values %{$keyed}) }),
        "round $n: what has a key is done");
}

# Whether all of them, and all of their lines, are answered in the end.
sub all_done {
    my (@requests) = @_;
    return !grep { $_->status != 200 || $_->body =~ /"status":50/ }
        $t->all(@requests);
}

for my $n (1 .. ROUNDS) {
    round_of($n) or last;
}
is(join(' ', $t->nginx->workers), $worker, 'the worker lives');

ok(
    wait_until(
        sub {
            return !grep { @{ $t->mongo->product($_->{id})->{outbox} // [] } }
                @products;
        }
    ),
    'all is settled'
);
my %done;
for my $product (@products) {
    $t->books_ok($product);
    $done{ $_->{ref} }++
        for grep { $_->{ref} } operations($t->mongo, $product->{id});
}
cmp_ok(scalar keys %done, '>', ROUNDS, 'much was done with keys');
is(join(' ', grep { $done{$_} > 1 } sort keys %done), '', 'nothing of it twice');

# The worker ends among all that; nginx gives it a second, and kills it then.
my $before = $proxy->status->{delay};
my (undef, $leaving) = send_all('term', 'delay 1000000 ms=100-200');
ok(wait_until(sub { $proxy->status->{delay} > $before }), 'jobs are under way');
leave(@{$leaving});
$t->nginx->allow(qr/worker process $worker exited on signal 9/);
$t->nginx->signal('TERM');
is($t->nginx->wait_end(20), 0, 'nginx ends on TERM');

$t->done;
