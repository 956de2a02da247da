# TLS to Redis: what is not who it should be is not spoken to, and that costs
# speed only; the log says why.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;
use Inv::RedisServer;

# One worker, which says everything once.
my $t = Inv::Test->new(workers => 1);
my $dir = $t->dir;
my $password = 'sesame-open';

sub openssl {
    my (@words) = @_;
    my $log = "$dir/openssl.log";
    my $pid = Inv::Process->start($log, 'openssl', @words);
    my $status = $pid->wait_end(60);
    die "openssl @words: ", $pid->output, "\n" if !defined $status || $status;
    return;
}

sub key_of {
    my ($name, @more) = @_;
    openssl('req', '-newkey', 'ec', '-pkeyopt',
        'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', "$dir/$name.key",
        '-subj', "/CN=$name", @more);
    chmod 0644, "$dir/$name.key"; # a worker is nobody
    return;
}

sub authority {
    my ($name) = @_;
    key_of($name, '-x509', '-days', 2, '-out', "$dir/$name.crt");
    return;
}

# extensions: as in a file of openssl's; days: until it expires.
sub certificate {
    my ($name, $by, $extensions, $days) = @_;
    key_of($name, '-out', "$dir/$name.csr");
    $t->write_file("$name.ext", "$extensions\n");
    openssl('x509', '-req', '-in', "$dir/$name.csr", '-CA', "$dir/$by.crt",
        '-CAkey', "$dir/$by.key", '-CAcreateserial', '-days', $days,
        '-extfile', "$dir/$name.ext", '-out', "$dir/$name.crt");
    return;
}

authority('ours');
authority('theirs');
certificate('named', 'ours', 'subjectAltName=DNS:localhost,IP:127.0.0.1', 2);
certificate('expired', 'ours', 'subjectAltName=DNS:localhost', -1);
certificate('elsewhere', 'ours', 'subjectAltName=DNS:cache.example', 2);
certificate('stranger', 'theirs', 'subjectAltName=DNS:localhost', 2);
certificate('client', 'ours', 'extendedKeyUsage=clientAuth', 2);

# A server with a certificate; its port for TLS.
my %server;

sub server {
    my ($name, $certificate, @more) = @_;
    my $port = Inv::Port::take();
    $server{$name} = Inv::RedisServer->new(
        dir   => $dir,
        name  => "redis-$name",
        login => [ '', $password ],
        more  => [
            '--requirepass', $password,
            '--tls-port', $port,
            '--tls-cert-file', "$dir/$certificate.crt",
            '--tls-key-file', "$dir/$certificate.key",
            '--tls-ca-cert-file', "$dir/ours.crt",
            @more
        ],
    );
    $server{$name}{tls} = $port;
    return;
}

server(good => 'named', '--tls-auth-clients', 'no');
server(expired => 'expired', '--tls-auth-clients', 'no');
server(elsewhere => 'elsewhere', '--tls-auth-clients', 'no');
server(stranger => 'stranger', '--tls-auth-clients', 'no');
server(asking => 'named', '--tls-auth-clients', 'yes');
server(asking12 => 'named', '--tls-auth-clients', 'yes',
    '--tls-protocols', 'TLSv1.2');

my $trust = 'inventory_redis_ssl_trusted_certificate %%DIR%%/ours.crt;';
my $identity = 'inventory_redis_ssl_certificate %%DIR%%/client.crt;'
    . 'inventory_redis_ssl_certificate_key %%DIR%%/client.key;';

sub url {
    my ($name, $scheme, $host, $port) = @_;
    return "$scheme://:$password\@$host:" . $server{$name}{ $port // 'tls' };
}

my $runs;

sub configured {
    my ($url, $more) = @_;
    my @part = (
        directives => 'inventory_mongo "%%MONGO%%"; inventory_timeout 10s;'
            . qq{inventory_redis "$url"; $more},
    );
    local $Test::Builder::Level = $Test::Builder::Level + 2;
    $runs++ ? $t->restart(@part) : $t->run(@part);
    return;
}

# From which byte of the log on a part is looked at.
sub log_end { return -s "$dir/error.log" // 0 }

sub log_from {
    my ($from) = @_;
    return substr $t->nginx->log, $from;
}

sub is_hit {
    my ($product) = @_;
    my $r = $t->get($t->path($product));
    return ($r->header('Cache-Status') // '') =~ /detail=redis/;
}

# Copies are kept there and come from there.
sub used {
    my ($name, $server, $url, $more) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    configured($url, $more);
    my $product = $t->create(stock => 5);
    ok(wait_until(sub { is_hit($product) }), "$name: copies are used");
    is(scalar $server{$server}->keys_with($product->{id}), 1,
        "$name: they are in that server");
    my $sold = $t->request(POST => $t->path($product, 'purchase'));
    $t->status_is($sold, 200, "$name: sold");
    is($t->get($t->path($product))->json->{stock}, 4, "$name: and seen");
    return;
}

# The service works without it, and says why.
sub refused {
    my ($name, $why, $server, $url, $more) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $from = log_end();
    configured($url, $more);
    my $product = $t->create(stock => 5);
    ok(
        wait_until(
            sub { log_from($from) =~ /Redis at \S+ is not used: (.*)/ }
        ),
        "$name: the log says that it is not used"
    );
    my ($reason) = log_from($from) =~ /Redis at \S+ is not used: (.*)/;
    like($reason, $why, "$name: and why");
    unlike(log_from($from), qr/\Q$password\E/, "$name: but no password");
    is(scalar(() = log_from($from) =~ /is not used/g), 1, "$name: once");
    my @answers = map { $t->get($t->path($product)) } 1 .. 5;
    is_deeply($t->tally(@answers), { 200 => 5 }, "$name: the service works");
    ok(!is_hit($product), "$name: from MongoDB");
    is($t->get('/health/ready')->json->{status}, 'degraded', "$name: told");
    is(scalar $server{$server}->keys_with($product->{id}), 0,
        "$name: it was told nothing");
    return;
}

used('by name', 'good', url('good', 'rediss', 'localhost'), $trust);
used('by address', 'good', url('good', 'rediss', '127.0.0.1'), $trust);
used('a client certificate', 'asking', url('asking', 'rediss', 'localhost'),
    "$trust $identity");
used('a client certificate, TLS 1.2', 'asking12',
    url('asking12', 'rediss', 'localhost'), "$trust $identity");
{
    local $ENV{SSL_CERT_FILE} = "$dir/ours.crt";
    used('the trust of the system', 'good',
        url('good', 'rediss', 'localhost'), '');
}

refused('not trusted by the system',
    qr/certificate is not accepted: .*(?:issuer|self)/,
    'good', url('good', 'rediss', 'localhost'), '');
refused('another authority', qr/certificate is not accepted: .*(?:issuer|self)/,
    'stranger', url('stranger', 'rediss', 'localhost'), $trust);
refused('another name', qr/certificate is not accepted: hostname mismatch/i,
    'elsewhere', url('elsewhere', 'rediss', 'localhost'), $trust);
refused('another address', qr/certificate is not accepted: IP address mismatch/i,
    'elsewhere', url('elsewhere', 'rediss', '127.0.0.1'), $trust);
refused('expired', qr/certificate is not accepted: certificate has expired/,
    'expired', url('expired', 'rediss', 'localhost'), $trust);
refused('a plain port', qr{no TLS|TLS failed}, 'good',
    url('good', 'rediss', 'localhost', 'port'), $trust);
refused('TLS where none is asked for', qr/does it want TLS/,
    'good', url('good', 'redis', 'localhost'), $trust);
refused('no client certificate', qr/certificate required|lost|closed/,
    'asking', url('asking', 'rediss', 'localhost'), $trust);
refused('no client certificate, TLS 1.2', qr/TLS failed: .*alert/,
    'asking12', url('asking12', 'rediss', 'localhost'), $trust);

# It hangs, ends and comes back; copies of any size go over it.
used('before it hangs', 'good', url('good', 'rediss', 'localhost'), $trust);
my $large = $t->create(description => 'x' x 5000, stock => 100);
ok(wait_until(sub { is_hit($large) }), 'a large copy');
my $wrong = 0;
for my $n (1 .. 20) {
    my @answers = $t->all(map { [ GET => $t->path($large) ] } 1 .. 50);
    $wrong += grep { $_->status != 200
            || length $_->json->{description} != 5000 } @answers;
}
is($wrong, 0, 'a thousand large copies');
$server{good}->signal('STOP');
is_deeply($t->tally(map { $t->get($t->path($large)) } 1 .. 20), { 200 => 20 },
    'hanging: the service works');
$server{good}->signal('CONT');
ok(wait_until(sub { is_hit($large) }), 'resumed: copies are used again');
$server{good}->stop;
is_deeply($t->tally(map { $t->get($t->path($large)) } 1 .. 20), { 200 => 20 },
    'killed: the service works');
$server{good}->start;
ok(wait_until(sub { is_hit($large) }), 'started: copies are used again');

# It takes the connection and does not speak.
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8)
    or die "a socket: $!\n";
$server{silent} = $server{good};
$server{good}{silent} = $silent->sockport;
refused('silent', qr/no TLS within 1500 ms/, 'good',
    url('good', 'rediss', 'localhost', 'silent'), $trust);

# The configuration.
sub wrong_configuration {
    my ($name, $saying, $more) = @_;
    my ($ok, $output) = $t->check_config(http => $more, directives =>
            'inventory_redis rediss://localhost;');
    ok(!$ok, "refused: $name");
    like($output, $saying, "$name: says why");
    return;
}

wrong_configuration('no such file of trust', qr/none\.crt/,
    'inventory_redis_ssl_trusted_certificate %%DIR%%/none.crt;');
wrong_configuration('no such certificate', qr/none\.crt/,
    'inventory_redis_ssl_certificate %%DIR%%/none.crt;'
        . 'inventory_redis_ssl_certificate_key %%DIR%%/client.key;');
wrong_configuration('no such key', qr/none\.key/,
    'inventory_redis_ssl_certificate %%DIR%%/client.crt;'
        . 'inventory_redis_ssl_certificate_key %%DIR%%/none.key;');
wrong_configuration("another's key", qr/key values mismatch/,
    'inventory_redis_ssl_certificate %%DIR%%/client.crt;'
        . 'inventory_redis_ssl_certificate_key %%DIR%%/named.key;');
wrong_configuration('no key', qr/no "inventory_redis_ssl_certificate_key"/,
    'inventory_redis_ssl_certificate %%DIR%%/client.crt;');
wrong_configuration('twice', qr/is duplicate/, "$trust $trust");

$t->done;
