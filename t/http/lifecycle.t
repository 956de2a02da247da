# Reloads, ends, crashes of workers, clients that leave: nothing is lost.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new;
my @parts = (
    locations => <<'EOT');
        location /api/ { inventory_api; }
        location /health { inventory_health; }
        location = /status { stub_status; }
EOT
$t->run(@parts);

my $first_stock = 1_000_000;
my $product = $t->create(stock => $first_stock);
my $buy = $t->path($product, 'purchase');
my $sold = 0;

# Purchases and reads by many clients; at($n) after the n-th answer.
sub load {
    my ($total, $at) = @_;
    my ($sent, $answered, %status) = (0, 0);
    drive(
        connections => 24,
        request     => sub {
            return if $sent >= $total;
            my ($method, $path) = $sent++ % 3 ? (POST => $buy)
                : (GET => $t->path($product));
            return {
                port   => $t->port,
                method => $method,
                text   => request_text($method, $path),
            };
        },
        response => sub {
            my ($r, $request) = @_;
            $status{ $r->status }++;
            $sold++ if $r->status == 200 && $request->{method} eq 'POST';
            $at->(++$answered);
        },
    );
    return \%status;
}

sub sold_in_database {
    return $first_stock - $t->mongo->product($product->{id})->{stock};
}

# HUP
my $count = load(900, sub { $t->nginx->signal('HUP') if $_[0] % 150 == 50 });
is_deeply($count, { 200 => 900 }, 'six reloads under load lose nothing');
is(sold_in_database(), $sold, 'and sell exactly what was answered');
ok($t->nginx->reload, 'the old workers end');

# QUIT: whoever was told to go on with the body gets an answer.
for my $round (1 .. 3) {
    my @connections = map { Inv::HTTP::Connection->new($t->port) } 1 .. 40;
    my $body = '{"quantity":1}';
    my $text = request_text(POST => $buy, body => $body, head_only => 1,
        keepalive => 1, headers => [ Expect => '100-continue' ]);
    $_->write($text) for @connections;
    my $going = grep { my $r = $_->response(interim => 1);
        $r && $r->status == 100 } @connections;
    is($going, 40, "round $round: forty are under way");
    $_->write($body) for @connections[ 0 .. 19 ];
    $t->nginx->signal('QUIT');
    $_->write($body) for @connections[ 20 .. 39 ];
    my @answers = map { $_->response(method => 'POST') } @connections;
    is(scalar(grep { $_ && $_->status == 200 } @answers), 40,
        "round $round: QUIT answers them all");
    $sold += 40;
    is($t->nginx->wait_end(30), 0, "round $round: and ends");
    is(sold_in_database(), $sold, "round $round: exactly these are sold");
    $t->run(@parts);
}
$t->books_ok($product);

# A worker dies under load: its own requests end, others go on, all is exact.
$t->nginx->allow(qr/exited on signal 9/, qr/was locked by/);
my $before = $sold;
my $doubt = 0;
$count = load(
    600,
    sub {
        return if $_[0] % 150 != 75;
        my @workers = $t->nginx->workers;
        kill 'KILL', $workers[0] if @workers;
    }
);
$doubt = $count->{0} // 0;
cmp_ok($count->{200}, '>', 400, 'workers die, most requests do not notice');
is($count->{200} + $doubt, 600, 'the others have their connection closed');
my $in_database = sold_in_database();
cmp_ok($in_database, '>=', $sold, 'what was acknowledged is sold');
cmp_ok($in_database, '<=', $sold + $doubt, 'and at most what was in doubt');
$sold = $in_database;
$t->books_ok($product);
ok(wait_until(sub { $t->nginx->workers == 2 }), 'two workers are there again');
for my $n (1 .. 20) {
    my $r = $t->request(POST => $buy);
    $sold++ if $r->status == 200;
    my @stocks = map { $_->json->{stock} }
        $t->all(map { [ GET => $t->path($product) ] } 1 .. 4);
    is_deeply(\@stocks, [ ($r->json->{remaining}) x 4 ],
        "the zone is sound: writes are seen, $n");
}

# Of the connections of dead workers nginx's own count knows nothing more.
sub connections {
    my ($active) = $t->get('/status')->body =~ /^Active connections: (\d+)/;
    return $active;
}
my $connections = connections();

# Clients leave: in the head, in the body, and while the answer is made.
my $whole = request_text(POST => $buy, body => '{"quantity":1}');
my $left = 0;
for my $n (0 .. 119) {
    my $connection = Inv::HTTP::Connection->new($t->port);
    my $part = (substr($whole, 0, 30), substr($whole, 0, -5), $whole)[ $n % 3 ];
    $connection->write($part);
    $left++ if $n % 3 == 2;
    $n % 2 ? $connection->reset : $connection->close;
}
for my $n (1 .. 30) {
    my $connection = Inv::HTTP::Connection->new($t->port);
    $connection->write(request_text(GET =>
        ($t->path($product), '/api/products', '/health/ready')[ $n % 3 ]));
    $connection->reset;
}
$t->status_is($t->request(POST => $buy), 200, 'clients leave, others are served');
$sold++;
ok(wait_until(sub { connections() <= $connections }),
    'no connection of theirs stays');
$in_database = sold_in_database();
cmp_ok($in_database, '>=', $sold, 'what was acknowledged is sold');
cmp_ok($in_database, '<=', $sold + $left, 'and at most what was sent whole');
$t->books_ok($product);
ok(
    wait_until(
        sub { !@{ $t->mongo->product($product->{id})->{outbox} // [] } }
    ),
    'the ledger has it all'
);

# A reload while requests are under way, then QUIT at once.
$t->nginx->signal('HUP');
my @answers = $t->all(map { [ POST => $buy ] } 1 .. 20);
is_deeply($t->tally(@answers), { 200 => 20 }, 'during a reload');
$t->books_ok($product);

$t->done;
