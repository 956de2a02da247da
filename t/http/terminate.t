# TERM: what the database answers within a second is answered; what was not sent
# is not done; what is left in an outbox, another drains.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $database = Inv::Servers->private('mongo');
my $t = Inv::Test->new(mongo => $database->uri, private => 1)->run;

# Bytes that nginx has not read yet, over all its connections.
sub unread {
    my $port = sprintf ':%04X', $t->port;
    my $sum = 0;
    open my $in, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!\n";
    while (my $line = <$in>) {
        my (undef, $local, undef, $state, $queues) = split ' ', $line;
        next if $local !~ /$port$/ || $state ne '01';
        $sum += hex +(split /:/, $queues)[1];
    }
    return $sum;
}

# Requests that all wait while the database hangs; then TERM and, if wanted, the
# database goes on.
sub terminated_with {
    my ($resume, @requests) = @_;
    $database->pause;
    my @connections = map { Inv::HTTP::Connection->new($t->port) } @requests;
    $connections[$_]->write(request_text(@{ $requests[$_] }))
        for 0 .. $#requests;
    ok(wait_until(sub { !unread() }), 'the requests are read');
    $t->nginx->signal('TERM');
    $database->resume if $resume;
    my @answers = map { $_->response(method => 'POST', timeout => 10) }
        @connections;
    is(scalar(grep { !defined } @answers), 0, 'each has its answer') if $resume;
    is($t->nginx->wait_end(20), 0, 'nginx has ended');
    $database->resume if !$resume;
    return @answers;
}

sub stock_of { my ($product) = @_; return $t->mongo->product($product->{id})->{stock} }

# One product: what was sent is answered, what waited for it is not done.
my $product = $t->create(stock => 1000);
my $buy = $t->path($product, 'purchase');
$t->status_is($t->request(POST => $buy), 200, 'it works');
my @answers = terminated_with(1, map { [ POST => $buy ] } 1 .. 20);
my $count = $t->tally(@answers);
cmp_ok($count->{200} // 0, '>=', 1, 'some are done');
is(($count->{200} // 0) + ($count->{503} // 0), 20, 'the others are told 503');
$t->problem_is($_, 503, 'unavailable')
    for grep { $_->status == 503 } @answers;
is(stock_of($product), 999 - $count->{200}, 'exactly these are sold');
$t->books_ok($product);

$t->run;

# Many products: each request has a product of its own.
my @products = map { $t->create(stock => 10) } 1 .. 20;
@answers = terminated_with(1,
    map { [ POST => $t->path($_, 'purchase'), json => { quantity => 3 } ] }
        @products);
for my $n (0 .. 19) {
    my $status = $answers[$n]->status;
    like($status, qr/^(?:200|503)$/, "product $n: $status");
    is(stock_of($products[$n]), $status == 200 ? 7 : 10,
        "product $n: done or not, as told");
    $t->books_ok($products[$n]);
}
cmp_ok($t->tally(@answers)->{200} // 0, '>=', 1, 'some are done');

# With keys: the retry at the next nginx tells the truth, once.
$t->run;
my $keyed = $t->create(stock => 100);
my @keyed = map {
    [   POST => $t->path($keyed, 'purchase'),
        headers => [ 'Idempotency-Key' => "terminated-$_" ]
    ]
} 1 .. 10;
@answers = terminated_with(1, @keyed);
$t->run;
my @retries = $t->all(@keyed);
for my $n (0 .. 9) {
    my $retry = $retries[$n];
    $t->status_is($retry, 200, "key $n: the retry");
    is($retry->body, $answers[$n]->body, "key $n: as told before")
        if $answers[$n]->status == 200;
}
is(stock_of($keyed), 90, 'each once');
$t->books_ok($keyed);

# A database that does not answer in time: the worker is killed in the end, as
# one that crashes; what it sent may land, whole, and is drained by others.
$t->nginx->allow(qr/exited on signal 9/);
my $late = $t->create(stock => 10);
@answers = terminated_with(0, [ POST => $t->path($late, 'purchase') ]);
ok(!$answers[0] || $answers[0]->status =~ /^50[34]$/,
    'no reply: no answer, or an error');
$t->run;
ok(wait_until(sub { $t->get($t->path($late))->status == 200 }),
    'read afterwards');
like(stock_of($late), qr/^(?:9|10)$/, 'taken wholly or not');
$t->books_ok($late);

# And with nothing under way, TERM is quick and clean.
$t->status_is($t->request(POST => $buy), 200, 'started again');
my $began = time;
$t->nginx->signal('TERM');
is($t->nginx->wait_end(20), 0, 'ends on TERM');
cmp_ok(time - $began, '<', 5, 'soon');
$t->books_ok($product);

# Another nginx drains what all these have left behind.
$t->run;
my @all = ($product, @products, $keyed, $late);
ok(
    wait_until(
        sub {
            return !grep { @{ $_->{outbox} // [] } }
                $t->mongo->find('products', { dirty => JSON::PP::true });
        },
        25
    ),
    'the next one drains'
);
$t->books_ok($_, 'into a ledger that balances') for @all;

$t->done;
