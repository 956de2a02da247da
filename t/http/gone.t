# Clients that leave while they wait: nothing is taken for nobody, and what has a
# key is kept for the retry.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Books qw(operations);
use Inv::Chaos::Proxy;
use Inv::Test;

my $dir   = File::Temp->newdir('inv-gone-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => Inv::Servers::mongo_uri(),
    seed => 3,
    log  => "$dir/proxy.log",
);
my $t = Inv::Test->new(mongo => $proxy->uri);

# The test's own look at the database meets no fault.
$t->{mongo} = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database));
$t->run;

sub told {
    my ($product) = @_;
    return join ' ', map {"$_->{t}:$_->{d}"}
        operations($t->mongo, $product->{id});
}

# One request whose reply takes a while; its client leaves meanwhile.
sub leaves {
    my ($product, $how, %opt) = @_;
    my $action = delete $opt{action} // 'purchase';
    my $before = $proxy->status->{delay};
    $proxy->faults('delay 1000000 ms=700-700 command=findAndModify');
    my $connection = Inv::HTTP::Connection->new($t->port);
    $connection->write(
        request_text(
            POST => $t->path($product, $action),
            json => { quantity => 3 },
            %opt
        )
    );
    ok(wait_until(sub { $proxy->status->{delay} > $before }),
        "$how: it was sent");
    $connection->$how;
    $proxy->faults;
    return;
}

for my $how (qw(close reset)) {
    my $product = $t->create(stock => 10);
    leaves($product, $how);
    ok(wait_until(sub { told($product) =~ /undo/ }, 8), "$how: it is undone");
    is(told($product), 'set:10 purchase:-3 undo:3', "$how: taken, and put back");
    is($t->get($t->path($product))->json->{stock}, 10, "$how: all is there");
    $t->books_ok($product);

    # With a key it stays, and the retry is told so.
    my $keyed = $t->create(stock => 10);
    my @key = (headers => [ 'Idempotency-Key' => "gone-$how" ]);
    leaves($keyed, $how, @key);
    my $retry = $t->post($t->path($keyed, 'purchase'), { quantity => 3 }, @key);
    $t->status_is($retry, 200, "$how, keyed: the retry");
    is($retry->json->{remaining}, 7, "$how, keyed: what is so");
    is(told($keyed), 'set:10 purchase:-3', "$how, keyed: once");
    $t->books_ok($keyed);

    # What was added stays, and the log says so.
    my $filled = $t->create(stock => 10);
    leaves($filled, $how, action => 'restock');
    ok(
        wait_until(
            sub {
                return $t->nginx->log
                    =~ /product $filled->{id}: a change that its client was/;
            },
            8
        ),
        "$how, restock: reported"
    );
    is(told($filled), 'set:10 restock:3', "$how, restock: kept");
}

# Who leaves before anything was sent takes the request along.
my $hot = $t->create(stock => 100);
my $before = $proxy->status->{delay};
$proxy->faults('delay 1000000 ms=700-700 command=findAndModify');
my @connections = map { Inv::HTTP::Connection->new($t->port) } 1 .. 20;
$_->write(request_text(POST => $t->path($hot, 'purchase'))) for @connections;
ok(wait_until(sub { $proxy->status->{delay} > $before }), 'one is sent');
$_->close for @connections[ 0 .. 9 ];
$proxy->faults;
my @answers = map { $_->response(method => 'POST') } @connections[ 10 .. 19 ];
is_deeply($t->tally(@answers), { 200 => 10 }, 'those who stay are served');
ok(wait_until(sub { $t->mongo->product($hot->{id})->{stock} == 90 }, 8),
    'in the end for them only');
ok(wait_until(sub { !@{ $t->mongo->product($hot->{id})->{outbox} // [] } }),
    'drained');
is($t->mongo->product($hot->{id})->{stock}, 90, 'and so it stays');
$t->books_ok($hot);

$t->done;
