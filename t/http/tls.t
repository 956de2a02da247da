# Client certificates and HTTP/2: the module behind nginx's own TLS.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use JSON::PP;

use Inv::Test;

my $t = Inv::Test->new;
my $dir = $t->dir;

sub certificate {
    my ($name, $subject) = @_;
    my $command = "openssl req -x509 -newkey ec -pkeyopt "
        . "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj '$subject' "
        . "-keyout $dir/$name.key -out $dir/$name.crt";
    is(system("$command >$dir/$name.log 2>&1"), 0, "a certificate for $name");
    return;
}

certificate(server => '/CN=localhost');
certificate(client => '/CN=till 7/O=The Shop');
certificate(stranger => '/CN=nobody');

$t->run(
    listen    => '127.0.0.1:%%PORT%% ssl http2',
    server    => <<'EOT',
        ssl_certificate %%DIR%%/server.crt;
        ssl_certificate_key %%DIR%%/server.key;
        ssl_client_certificate %%DIR%%/client.crt;
        ssl_verify_client on;
        inventory_principal $ssl_client_s_dn;
EOT
);

# (status, version, headers and body) of a request by curl.
sub curl {
    my (@words) = @_;
    open my $out, '-|', 'curl', '-s', '--max-time', 20, '--insecure',
        '--resolve', 'localhost:' . $t->port . ':127.0.0.1',
        '--write-out', "\n%{http_code} %{http_version}", @words
        or die "curl: $!\n";
    my $text = do { local $/ = undef; <$out> };
    close $out;
    $text =~ s/\n(\d+) (\S+)\z// or die "curl said: $text\n";
    return ($1, $2, $text);
}

sub as { my ($name) = @_; return map { ("--$_->[0]", "$dir/$name.$_->[1]") }
        [ cert => 'crt' ], [ key => 'key' ] }

my $api = 'https://localhost:' . $t->port . '/api';
my @json = ('-H', 'Content-Type: application/json');

for my $version ('--http1.1', '--http2') {
    my ($status, $spoken, $body) = curl($version, as('client'), @json,
        '-d', '{"name":"T-shirt","price":19.99,"stock":3}', "$api/products");
    is($status, 201, "$version: created");
    is($spoken, $version eq '--http2' ? '2' : '1.1', 'in that version');
    my $id = decode_json($body)->{id};

    ($status, undef, $body)
        = curl($version, as('client'), '-X', 'POST',
        "$api/products/$id/purchase");
    is($status, 200, "$version: sold");
    is(decode_json($body)->{remaining}, 2, 'once');
    ok(wait_until(
            sub {
                grep { $_->{ops}[0]{who} eq 'O=The Shop,CN=till 7' }
                    $t->mongo->find('ledger', { 'ops.t' => 'purchase',
                        productId => Inv::Mongo::oid($id) });
            }
        ),
        'the ledger says by whom'
    );

    ($status, undef, $body) = curl($version, as('client'),
        "$api/products/000000000000000000000000");
    is($status, 404, "$version: not found");
    like($body, qr/^\{"type":"urn:ngx-inventory:not-found"/, 'as a problem');
    ($status) = curl($version, '--head', as('client'), "$api/products/$id");
    is($status, 200, "$version: HEAD");
    ($status) = curl($version, "$api/products/$id");
    is($status, 400, "$version: without a certificate");
    ($status) = curl($version, as('stranger'), "$api/products/$id");
    is($status, 400, "$version: with another's certificate");
}

$t->done;
