# The access log as JSON, as README has it: its members for every kind of
# request, and that nothing a client sends makes a line that is none.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);

use Inv::AccessLog;
use Inv::Chaos::Proxy;
use Inv::Test;
use Inv::Watched;

my $syslog = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp')
    or die "syslog: $!\n";
my $collector = '127.0.0.1:' . $syslog->sockport;

my $t = Inv::Test->new;
my $proxy = watch($t);
my $file = $t->dir . '/access.json';
my $log = Inv::AccessLog->new($file);

# What README shows of where to.
my ($places) = grep {/^access_log \//m} Inv::AccessLog::blocks();
ok($places, 'README shows where logs go');
$places =~ s{/var/log/nginx/inventory\.log}{$file};
$places =~ s{127\.0\.0\.1:514}{$collector};
like($places, qr{/dev/stdout}, 'one is the standard output');

$t->run(
    http      => Inv::AccessLog::format() . $places . <<'EOT',
    inventory_principal $http_x_user;
    log_format raw escape=json '{"traceId":"$inventory_trace_id","uri":"$request_uri"}';
    access_log %%DIR%%/raw.json raw;
EOT
    server    => '        listen 127.0.0.1:%%PORT_h2%% http2;',
    locations => <<'EOT');
        location /api/ { inventory_api; }
        location "/sh\"op/" { inventory_api; }
        location /health { inventory_health; }
        location = /plain { return 200 "plain\n"; }
        location /limited/ { inventory_api; deny all; }
EOT

# One request: its answer, and its line.
sub logged {
    my ($method, $path, %opt) = @_;
    my ($trace, @header) = Inv::AccessLog::trace();
    my $r = $t->request($method, $path, %opt,
        headers => [ @header, @{ $opt{headers} // [] } ]);
    return ($log->of($trace) // {}, $r);
}

# That these members are so; undef: null.
sub has {
    my ($line, $name, %member) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %got = map { $_ => $line->{$_} } keys %member;
    return is_deeply(\%got, \%member, $name)
        || diag(JSON::PP->new->canonical->pretty->encode($line));
}

my $product = $t->create(stock => 50, sku => 'LOG-1');
my $path = $t->path($product);
my $id = '{id}';
my %quiet = (error => '', idempotency => '', batch => undef,
    queueTime => undef, mongoTime => undef, redisTime => undef);

# A read from shared memory.
$t->get($path);
my ($line, $r) = logged(GET => "$path?token=secret",
    headers => [ 'User-Agent' => 'till/7', 'X-User' => "b\xc3\xb6b" ]);
has($line, 'a read from shared memory', %quiet, cache => 'local',
    level => 'info', serviceName => 'inventory', userId => "b\x{f6}b",
    message => "GET $path 200", method => 'GET', path => $path,
    route => "/api/products/$id", statusCode => 200, client => '127.0.0.1',
    agent => 'till/7', parentId => '00f067aa0ba902b7');
is($line->{traceId}, $r->header('Trace-Id'), 'its trace');
like($line->{spanId}, qr/^[0-9a-f]{16}$/, 'its span');
like($line->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    'its time');
cmp_ok($line->{duration}, '<', 1, 'its duration');
cmp_ok($line->{bytes}, '>', length $r->body, 'its bytes');
is(join(' ', sort keys %{$line}),
    'agent batch bytes cache client duration error idempotency level message '
        . 'method mongoTime parentId path queueTime redisTime route serviceName '
        . 'spanId statusCode timestamp traceId userId',
    'and nothing else');
my ($text) = grep {/"traceId":"$line->{traceId}"/} $log->lines;
like($text, qr/"statusCode":200,"duration":\d+\.\d{3},"bytes":\d+,/,
    'numbers are numbers');
unlike($text, qr/secret/, 'the query is not there');
($line) = logged(GET => $path,
    headers => [ 'If-None-Match' => $r->header('ETag') ]);
has($line, 'not modified', %quiet, statusCode => 304, level => 'info', cache => 'local');
($line) = logged(HEAD => $path);
has($line, 'HEAD', %quiet, method => 'HEAD', cache => 'local');

# Reads of the database; slow enough to be seen.
sub slowly { return $proxy->faults("delay 1000000 ms=$_[0]-$_[0]") }
slowly(60);
my $other = '0123456789abcdef01234567';
($line) = logged(GET => "/api/products/$other");
has($line, 'a miss', statusCode => 404, level => 'warn', error => 'not-found',
    cache => 'miss', batch => 1);
cmp_ok($line->{mongoTime}, '>=', 0.05, 'the database took long');
cmp_ok($line->{mongoTime}, '<=', $line->{duration} + 0.01, 'no longer than all of it');
cmp_ok($line->{queueTime}, '<', 0.05, 'its turn did not');
($line) = logged(GET => '/api/products?sort=name');
has($line, 'a list', statusCode => 200, route => '/api/products', batch => 1,
    cache => 'miss');
cmp_ok($line->{mongoTime}, '>=', 0.05, 'the database took long');
($line) = logged(GET => '/api/products/sku/LOG-1');
has($line, 'by sku', statusCode => 200, route => '/api/products/sku/{sku}');

# Many at once: as many finds as there are, and who joins one waits as long.
$proxy->faults('delay 1000000 ms=200-200');
my @traces = map { [ Inv::AccessLog::trace() ] } 1 .. 8;
my $absent = 'a' x 24;
$t->all(map { [ GET => "/api/products/$absent", headers => [ @{$_}[ 1, 2 ] ] ] }
        @traces);
my @lines = map { $log->of($_->[0]) } @traces;
my @waited = grep { ($_->{mongoTime} // 0) + ($_->{queueTime} // 0) > 0.05 } @lines;
cmp_ok(scalar @waited, '>', 4, 'those that joined waited as well');
is(scalar(grep {
        ($_->{mongoTime} // 0) + $_->{queueTime} + ($_->{redisTime} // 0)
            > $_->{duration} + 0.01
    } @lines), 0, 'the parts are no more than all of it');

# Purchases: the first of a product is alone, the others share the next one.
@traces = map { [ Inv::AccessLog::trace() ] } 1 .. 20;
$t->all(map { [ POST => "$path/purchase", headers => [ @{$_}[ 1, 2 ] ] ] }
        @traces);
@lines = map { $log->of($_->[0]) } @traces;
is(scalar(grep { $_->{statusCode} == 200 && $_->{mongoTime} >= 0.19 } @lines),
    20, 'sold, by the database');
my ($most) = sort { $b <=> $a } map { $_->{batch} } @lines;
cmp_ok($most, '>', 3, "some shared a statement: $most");
is(scalar(grep { $_->{mongoTime} + $_->{queueTime} > $_->{duration} + 0.01 } @lines),
    0, 'the parts are no more than all of it');
$proxy->faults;

# With keys.
my @key = (headers => [ 'Idempotency-Key' => 'log-1', 'X-User' => 'alice' ]);
($line) = logged(POST => "$path/purchase", @key);
has($line, 'with a key', statusCode => 200, idempotency => 'new', batch => 1,
    userId => 'alice', cache => '');
($line) = logged(POST => "$path/purchase", @key);
has($line, 'again', statusCode => 200, idempotency => 'replayed');
like($line->{mongoTime}, qr/^\d/, 'which the database was asked for');

# Errors: of a statement, of a reading, replayed, before and without a handler.
@key = (headers => [ 'Idempotency-Key' => 'log-2' ], json => { quantity => 999 });
slowly(60);
($line) = logged(POST => "$path/purchase", json => { quantity => 999 });
has($line, 'out of stock', statusCode => 409, level => 'warn',
    error => 'out-of-stock');
cmp_ok($line->{mongoTime} // 0, '>=', 0.05, 'which the database took long for');
$proxy->faults;
logged(POST => "$path/purchase", @key);
($line) = logged(POST => "$path/purchase", @key);
has($line, 'out of stock again', statusCode => 409, error => 'out-of-stock',
    idempotency => 'replayed');
($line) = logged(POST => '/api/products', body => '{');
has($line, 'malformed', %quiet, statusCode => 400, error => 'malformed-json',
    route => '/api/products', cache => '');
($line) = logged(POST => '/api/products', body => ' ' x 1_100_000);
has($line, 'too large', %quiet, statusCode => 413, error => 'payload-too-large',
    route => '/api/products');
($line) = logged(GET => '/api/nothing');
has($line, 'no route', %quiet, statusCode => 404, error => 'not-found',
    route => '');
($line) = logged(PROPFIND => $path);
has($line, 'no method', statusCode => 405, error => 'method-not-allowed',
    method => 'PROPFIND', route => "/api/products/$id");
($line) = logged(GET => "/limited/products/$other");
has($line, 'refused before the handler', statusCode => 403,
    error => 'forbidden', route => "/limited/products/$id");
($line) = logged(GET => '/plain', headers => [ 'X-User' => 'carol' ]);
has($line, 'not ours', %quiet, statusCode => 200, route => '', cache => '',
    userId => 'carol');
($line) = logged(GET => '/health/ready');
has($line, 'health', statusCode => 200, route => '/health/ready', batch => 1);

# Batches, also of keyed lines.
my @operations
    = map { { productId => $product->{id}, type => 'restock', quantity => 1 } }
    1 .. 3;
($line) = logged(POST => '/api/stock/batch', json => { operations => \@operations });
has($line, 'a batch', statusCode => 200, route => '/api/stock/batch', batch => 3);
slowly(60);
($line) = logged(POST => '/api/stock/batch', json => { operations =>
            [ map { { %{ $operations[$_] }, key => "log-line-$_" } } 0 .. 2 ] });
has($line, 'a batch of keyed lines', statusCode => 200, error => '');
cmp_ok($line->{mongoTime}, '>=', 0.1, 'the database took long');
cmp_ok($line->{mongoTime}, '<=', $line->{duration} + 0.01, 'no longer than all of it');

# A client that leaves.
slowly(1000);
for my $leaves ([ GET => "/api/products/$other", 'miss' ],
    [ GET  => '/api/products?sort=price' ],
    [ GET  => "/api/products?ids=$other," . 'c' x 24 ],
    [ POST => "$path/purchase" ])
{
    my ($trace, @header) = Inv::AccessLog::trace();
    my $client = Inv::HTTP::Connection->new($t->port);
    sleep 1.1 if $leaves->[2];
    $client->write(request_text(@{$leaves}[ 0, 1 ], headers => \@header));
    sleep 0.4;
    $client->close;
    $line = $log->of($trace) // {};
    has($line, "a client left: $leaves->[0] $leaves->[1]", statusCode => 499,
        level => 'warn', error => '');
    cmp_ok(($line->{mongoTime} // 0) + ($line->{queueTime} // 0), '>', 0.2,
        'it had waited');
}
$proxy->faults;

# Hostile bytes, wherever a client may put them.
my $odd = "\"\\\x01\x1f\xff\xfe\xc3\x28\x{80}<\xf0\x9f\x92\xa9>";
($line) = logged(GET => $path, headers => [ 'User-Agent' => $odd,
        'X-User' => $odd ]);
has($line, 'in headers', statusCode => 200, agent => '', userId => '');
($line) = logged(GET => $path, headers => [ 'X-User' => "a\"b\\c\x01\x{7f}" ]);
has($line, 'a principal of odd characters', userId => "a\"b\\c\x01\x{7f}");
($line) = logged(GET => $path, headers => [ 'X-User' => 'x' x 300 ]);
has($line, 'a long principal', userId => '');
($line) = logged(GET => "/api/\"\\\xff\xc3\x28%22%0a?a=\xff");
has($line, 'in the path', statusCode => 404, route => '',
    path => '/api/%22%5C%FF%C3(%22%0a');
my $raw = Inv::AccessLog->new($t->dir . '/raw.json');
is(scalar(my @worse = $raw->bad), 1, 'which $request_uri makes no JSON, as README says');
($line) = logged(GET => "/sh%22op/products/$other");
has($line, 'in the name of a location', route => "/sh%22op/products/$id",
    path => "/sh%22op/products/$other");
for my $garbage ("\xff\xfe\x00\r\n\r\n", "GET /\x01 HTTP/1.1\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n", "get\"\\ / HTTP/1.1\r\n\r\n",
    "GET http://\"\\/x HTTP/1.1\r\n\r\n", "GET /plain\r\n",
    "GET /\xff\xfe HTTP/1.1\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /" . 'x' x 40_000 . " HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: \"\\\xff\r\n\r\n", "\x16\x03\x01\x02\x00\x01")
{
    my $before = () = $log->lines;
    my $client = Inv::HTTP::Connection->new($t->port);
    $client->write($garbage);
    my $said = $client->response(timeout => 0.5);
    $client->close;
    wait_until(sub { my $n = () = $log->lines; $n > $before });
    $line = decode_json(($log->lines)[-1]);
    like($line->{traceId}, qr/^[0-9a-f]{32}$/,
        "garbage has a trace, and is $line->{statusCode}");
}

# HTTP/2.
my ($trace, @header) = Inv::AccessLog::trace();
my $spoken = `curl -s -o /dev/null -w '%{http_version}' --http2-prior-knowledge -H '$header[0]: $header[1]' http://127.0.0.1:${\ $t->port('h2')}$path`;
is($spoken, '2', 'HTTP/2');
has($log->of($trace) // {}, 'its line', statusCode => 200, path => $path,
    route => "/api/products/$id", method => 'GET');

# The collector, and all lines.
my (@sent, $datagram);
while (IO::Select->new($syslog)->can_read(1)) {
    $syslog->recv($datagram, 65536);
    push @sent, $datagram;
}
cmp_ok(scalar @sent, '>', 50, 'sent to syslog: ' . @sent);
is(scalar(grep { !/^<190>\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ inventory: \{/ } @sent),
    0, 'in the form of RFC 3164');
is(scalar(grep { !eval { decode_json(s/^[^{]*//r) } } @sent), 0, 'each with JSON');
my @bad = $log->bad;
is(scalar @bad, 0, 'every line is JSON, of ' . scalar(my @all = $log->lines))
    or diag(@bad);

$t->done;
