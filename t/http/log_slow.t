# The error log: requests that are slow, with the time of each part; those that
# are refused at once, a line a second.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Inv::AccessLog;
use Inv::Chaos::Proxy;
use Inv::Test;
use Inv::Watched;

my $t = Inv::Test->new(workers => 1);
my $proxy = watch($t);
my $log = Inv::AccessLog->new($t->dir . '/access.json');

for my $good ('off', '1ms', '1500', '2s', '1d') {
    my ($ok, $said) = $t->check_config(http => "inventory_slow $good;");
    ok($ok, "inventory_slow $good") or diag($said);
}
for my $bad ('0', '-1s', 'on', '2d', '1x', '""', '1s 2s', '1s; inventory_slow 1s')
{
    my ($ok, $said) = $t->check_config(http => "inventory_slow $bad;");
    ok(!$ok, "not inventory_slow $bad");
    like($said, qr/\[emerg\].*inventory_slow.*nginx\.conf:\d+/, 'it says where');
}

$t->run(
    listen     => '127.0.0.1:%%PORT%% sndbuf=16k',
    directives => <<'EOT',
    inventory_mongo "%%MONGO%%";
    inventory_redis off;
    inventory_cache local=1h;
    inventory_timeout 2s;
EOT
    http => Inv::AccessLog::format() . <<'EOT',
    access_log %%DIR%%/access.json inventory;
    inventory_slow 300ms;
EOT
    locations => <<'EOT');
        location /api/ { inventory_api; }
        location /quiet/ { inventory_api; inventory_slow off; }
        location /strict/ { inventory_api; inventory_slow 1ms; }
        location /plain/ { error_page 404 = /strict/products; }
        location /health { inventory_health; }
EOT

my $part = qr/body (\d+), turn (\d+), redis (\d+), mongo (\d+), sending (\d+)/;

# Milliseconds that the parts may be more than all: nginx takes the start of a
# request from the clock that it read last, in whole ones.
my $rounded = 5;

# The slow line of a request, as data; undef: there is none.  nginx writes it
# behind that of the access log, and before the only worker serves another one.
sub slow {
    my ($trace) = @_;
    $log->of($trace);
    $t->request(GET => '/none');
    my ($line, @more) = grep {/ slow: .*trace: $trace\b/} split /\n/,
        $t->nginx->log;
    return if !$line;
    die "more than one line: $line\n@more\n" if @more;
    my ($what, $total, @parts) = $line
        =~ /\[warn\] \d+#\d+: inventory: slow: (.*?) took (\d+) ms: $part; /
        or die "not a line of this form: $line\n";
    my %line = (what => $what, total => $total, text => $line);
    @line{qw(body turn redis mongo sending)} = @parts;
    ($line{rest}) = $line =~ /; (status: .*), trace: \w{32}, span: \w{16}$/;
    return \%line;
}

sub slow_request {
    my ($method, $path, %opt) = @_;
    my ($trace, @header) = Inv::AccessLog::trace();
    my $r = $t->request($method, $path, %opt,
        headers => [ @header, @{ $opt{headers} // [] } ]);
    my $line = slow($trace);
    return ($line, $r, $trace);
}

my $product = $t->create(stock => 1_000_000, sku => 'SLOW');
my $path = $t->path($product);

# The database.
$proxy->faults('delay 1000000 ms=500-500');
my ($line, $r, $trace) = slow_request(GET => '/api/products?q=secret&sort=name',
    headers => [ Cookie => 'session=secret', 'X-Token' => 'secret' ]);
is($line->{what}, 'GET /api/products', 'a slow list: method and route');
is($line->{rest}, 'status: 200, batch: 1, cache: miss', 'what became of it');
cmp_ok($line->{mongo}, '>=', 450, 'it was the database');
cmp_ok($line->{mongo}, '<=', $line->{total} + $rounded, 'which is a part of all');
is($line->{redis} + $line->{body}, 0, 'and nothing else');
unlike($t->nginx->log =~ s/.*GET \/api.*request: .*//r, qr/secret/,
    'no query and no header');
unlike($line->{text}, qr/client:|request:|host:/, 'nothing that nginx adds');
diag($line->{text});
is($line->{text} =~ /span: (\w+)$/ && $1, $log->of($trace)->{spanId},
    'the span of the access log');

# Others before it: of one product one statement at a time.
my @traces = map { [ Inv::AccessLog::trace() ] } 1 .. 3;
my @clients = map {
    my $client = Inv::HTTP::Connection->new($t->port);
    $client->write(request_text(POST => "$path/purchase",
            headers => [ @{$_}[ 1, 2 ] ]));
    sleep 0.2;
    $client;
} @traces;
is($_->response->status, 200, 'sold') for @clients;
my @lines = map { slow($_->[0]) } @traces;
is($lines[0]{what}, 'POST /api/products/{id}/purchase', 'the first');
cmp_ok($lines[0]{turn}, '<', 100, 'was served at once');
for my $n (1, 2) {
    cmp_ok($lines[$n]{turn}, '>=', 50, 'the next waited for it');
    like($lines[$n]{rest}, qr/^status: 200, batch: 2,/, 'and shared a statement');
}
ok((grep { $_->{turn} + $_->{mongo} > $_->{total} + $rounded } @lines) == 0,
    'the parts are no more than all');

# None where it is off, or was not slow.
ok(!(slow_request(GET => '/quiet/products?sort=name'))[0], 'off: no line');
$proxy->faults;
ok(!(slow_request(GET => $path))[0], 'not slow: no line');
ok((slow_request(GET => '/strict/products?sort=-name'))[0], 'stricter: a line');
($line) = slow_request(GET => '/plain/x');
is($line->{what}, 'GET /strict/products', 'after an internal redirect');

# The client.
my @header;
($trace, @header) = Inv::AccessLog::trace();
my $client = Inv::HTTP::Connection->new($t->port);
$client->write("POST /api/products HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        . "Content-Type: application/json\r\nContent-Length: 26\r\n"
        . "$header[0]: $header[1]\r\n\r\n{\"name\":");
sleep 0.5;
$client->write('"slow","price":10}');
is($client->response->status, 201, 'a slow client');
$line = slow($trace);
cmp_ok($line->{body}, '>=', 450, 'its body came late');
cmp_ok($line->{mongo}, '<', 400, 'nothing else did');

$t->create(name => "Large $_", description => 'x' x 5000) for 1 .. 100;
($trace, @header) = Inv::AccessLog::trace();
$client = Inv::HTTP::Connection->new($t->port);
$client->write(request_text(GET => '/api/products?limit=100',
        headers => \@header));
sleep 0.6;
is($client->response->status, 200, 'a client that reads late');
$line = slow($trace);
cmp_ok($line->{sending}, '>=', 400, 'it took the answer late');
cmp_ok($line->{mongo}, '<', 400, 'which was there before');

# One that leaves, while the database hangs; and before its body is whole.
$proxy->faults('drop 1000000');
($trace, @header) = Inv::AccessLog::trace();
$client = Inv::HTTP::Connection->new($t->port);
$client->write(request_text(GET => '/api/products?sort=price',
        headers => \@header));
sleep 0.6;
$client->close;
$line = slow($trace);
like($line->{rest}, qr/^status: 499,/, 'a client that left');
cmp_ok($line->{mongo}, '>=', 500, 'it waited for the database until then');
($trace, @header) = Inv::AccessLog::trace();
$client = Inv::HTTP::Connection->new($t->port);
$client->write("POST /api/products HTTP/1.1\r\nHost: a\r\n"
        . "Content-Type: application/json\r\nContent-Length: 26\r\n"
        . "$header[0]: $header[1]\r\n\r\n{\"name\":");
sleep 0.5;
$client->close;
$line = slow($trace);
cmp_ok($line->{body}, '>=', 400, 'one that left before its body was whole');

# Too many at once.
sub refusals { my ($why) = @_; return grep {/ refused at once: .*\Q$why\E/}
        split /\n/, $t->nginx->log }

sub told {
    my $n = 0;
    $n += $_ for map {/refused at once: (\d+) request/} refusals(@_);
    return $n;
}
my @operations = map { { productId => $product->{id}, type => 'restock',
        quantity => 1 } } 1 .. 1000;
my @answers = $t->all(map { [ POST => '/api/stock/batch',
            json => { operations => \@operations } ] } 1 .. 12);
my @busy = grep { $_->status == 503
        && ($_->json // {})->{type} eq 'urn:ngx-inventory:overloaded' } @answers;
cmp_ok(scalar @busy, '>', 1, 'overloaded: ' . @busy);
ok(wait_until(sub { told('too many requests are waiting') == @busy }),
    'all of them are told') or diag(refusals(''));
my ($first, @more) = refusals('too many');
like($first, qr/\[warn\].*: 1 request: too many.*, trace: \w{32}$/, 'the first at once');
is(scalar @more, 1, 'the others in one line');
$proxy->faults;
$proxy->tell('cut');

# MongoDB away.
ok(wait_until(sub { $t->request(POST => "$path/purchase")->status == 200 }, 30),
    'it is back');
$proxy->tell('down');
$proxy->tell('cut');
wait_until(sub { $t->request(POST => "$path/purchase");
        refusals('MongoDB is away') }, 30);
my @all;
my $until = time + 3;
while (time < $until) {
    ($trace, @header) = Inv::AccessLog::trace();
    push @all, $t->all(([ POST => "$path/purchase", headers => \@header,
                timeout => 5 ]) x 20);
    sleep 0.1;
}
$proxy->tell('up');
is(scalar(grep { $_->status != 503 && $_->status != 504 } @all), 0,
    'away: 503, or 504');
my $refused = sub {
    return scalar grep {
        /"statusCode":503,/ && /"error":"unavailable"/ && /"queueTime":null/
    } $log->lines;
};
ok(wait_until(sub { told('MongoDB is away') == $refused->() }, 5),
    'each that was refused at once is told: ' . $refused->())
    or diag(told('MongoDB is away'));
@lines = refusals('MongoDB is away');
cmp_ok(scalar @lines, '<', 60, 'in few lines: ' . @lines);
my %seconds;
$seconds{$_}++ for map {/^(\S+ \S+) /} @lines;
is(scalar(grep { $_ > 2 } values %seconds), 0, 'one a second');
diag((grep {/requests, the last/} @lines)[0]);
like($lines[-1], qr/\[error\].*: MongoDB is away, and not asked, trace: \w{32}$/,
    'with a trace');
ok(wait_until(sub { $t->request(POST => "$path/purchase")->status == 200 }, 30),
    'all is well again');

$t->done;
