# inventory_deep_log: requests and responses in a log, and no secret with them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;

use Inv::HTTP;
use Inv::Test;

# What must not be in any log; the card's middle, whatever stands around it.
my $secret = 'm4rk-0f-4-s3cr3t';
my $card = '4929 7196 3581 2048';
(my $digits = $card) =~ s/ //g;
my $spoken = encode_base64("user:$secret", '');
my $jwt = join '.', map { encode_base64($_, '') =~ tr{+/=}{-_}dr }
    '{"alg":"none"}', '{"sub":"somebody"}', $secret;

my $t = Inv::Test->new;
mkdir $t->dir . '/html';
$t->write_file('html/file.json', qq({"token":"$secret","a":1}));
$t->write_file('html/page.html',
    'before <!--# include virtual="/api/products?token=' . $secret . '" -->');

my %parts = (
    http => <<'EOT',
    log_format deep escape=none '{"status":$status,'
        '"path":$inventory_request_path,'
        '"args":$inventory_request_args,'
        '"headers":$inventory_request_headers,'
        '"body":$inventory_request_body,'
        '"answerHeaders":$inventory_response_headers,'
        '"answer":$inventory_response_body}';
    log_format quoted escape=json '{"body":"$inventory_request_body"}';
    log_format plain escape=none '[$inventory_request_path'
        '$inventory_request_args$inventory_request_headers'
        '$inventory_request_body$inventory_response_headers'
        '$inventory_response_body]';
EOT
    server => <<'EOT',
        root %%DIR%%/html;
        default_type text/html;
        types { application/json json; }
        access_log %%DIR%%/deep.log deep if=$inventory_request_headers;
        inventory_deep_log 4k;
        inventory_mask X-Customer description;
        large_client_header_buffers 4 128k;
EOT
    locations => <<"EOT");
        location /api/ {
            inventory_api;
            inventory_mask Tax_Number;
            log_subrequest on;
            add_header Set-Cookie "sid=$secret; HttpOnly" always;
            add_header X-Told "told" always;
            access_log %%DIR%%/quoted.log quoted;
            access_log %%DIR%%/deep.log deep if=\$inventory_request_headers;
        }
        location /quiet/ {
            inventory_api;
            inventory_deep_log off;
            access_log %%DIR%%/quiet.log plain;
            access_log %%DIR%%/deep.log deep if=\$inventory_request_headers;
        }
        location /small/ { inventory_api; inventory_deep_log 100; }
        location /zipped/ {
            inventory_api;
            gzip on;
            gzip_types application/json;
            gzip_min_length 1;
        }
        location /health { inventory_health; }
        location /via/ {
            proxy_pass http://127.0.0.1:%%PORT%%/quiet/;
        }
        location /via-zipped/ {
            proxy_set_header Accept-Encoding gzip;
            proxy_http_version 1.1;
            proxy_pass http://127.0.0.1:%%PORT%%/zipped/;
        }
        location = /away {
            return 302 /next?access_token=$secret;
        }
        location = /file.json { }
        location = /sent.json { alias %%DIR%%/html/file.json; sendfile on; }
        location = /page.html {
            ssi on;
        }
        location /old/ { error_page 404 = /api/products; return 404; }
EOT
$t->run(%parts);

my $json = JSON::PP->new->utf8->allow_nonref;
my %seen;

sub lines_of {
    my ($name) = @_;
    open my $in, '<', $t->dir . "/$name" or return;
    my @lines = <$in>;
    chomp @lines;
    return @lines;
}

# The lines that were not seen yet, of which there are to be so many.
sub fresh {
    my ($count, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $name //= 'deep.log';
    wait_until(sub { lines_of($name) >= ($seen{$name} // 0) + $count });
    my @lines = lines_of($name);
    splice @lines, 0, $seen{$name} // 0;
    $seen{$name} += @lines;
    is(scalar @lines, $count, "$count lines in $name") if @lines != $count;
    return @lines;
}

# The only new line, as data.
sub told {
    my ($line) = fresh(1);
    my $data = eval { $json->decode($line // '') };
    ok(0, "a line is JSON: $@") or diag($line // 'nothing') if !$data;
    return $data // {};
}

# What is told, and what is masked
my $product = $t->create(
    name        => 'Blue mug',
    description => "of $secret",
    stock       => 5,
    tags        => [ 'blue', "pin: $secret", 'kitchen' ]
);
my $line = told();
is($line->{status}, 201, 'the status of a create');
is($line->{path}, '/api/products', 'the path');
same_json($line->{args}, {}, 'no parameters');
same_json(
    $line->{body},
    {   name        => 'Blue mug',
        description => '[masked]',
        price       => 1.5,
        stock       => 5,
        tags        => [ 'blue', '[masked]', 'kitchen' ]
    },
    'the body of a request'
);
is($line->{answer}{id}, $product->{id}, 'the body of an answer');
is($line->{answer}{description}, '[masked]', 'is masked like the other');
is($line->{answer}{tags}[2], 'kitchen', 'and as far as it has to be');
is($line->{headers}{'content-type'}, 'application/json', 'a request header');
is($line->{answerHeaders}{'set-cookie'}, '[masked]', 'a cookie that is set');
is($line->{answerHeaders}{'x-told'}, 'told', 'another header of the answer');
is($line->{answerHeaders}{'content-type'}, 'application/json', 'its type');
like($line->{answerHeaders}{etag}, qr/^"1"$/, 'its ETag');
like($line->{answerHeaders}{location}, qr{/api/products/[0-9a-f]{24}$},
    'its Location');

my ($quoted) = fresh(1, 'quoted.log');
same_json($json->decode($json->decode($quoted)->{body}),
    $line->{body}, 'as a string of an escape=json format');

$t->get('/api/products?page=1&limit=2&limit=3&q=blue+mug&Token=' . $secret,
    headers => [
        'Authorization'   => "Bearer $secret",
        'Idempotency-Key' => 'k-1',
        'X-Customer'      => $secret,
        'User-Agent'      => 'test/1.0'
    ]
);
$line = told();
same_json(
    $line->{args},
    {   page  => '1',
        limit => [ '2', '3' ],
        q     => 'blue mug',
        Token => '[masked]'
    },
    'parameters'
);
is($line->{headers}{authorization}, '[masked]', 'Authorization');
is($line->{headers}{'x-customer'}, '[masked]', 'what the server masks, too');
is($line->{headers}{'idempotency-key'}, 'k-1', 'Idempotency-Key stays');
is($line->{headers}{'user-agent'}, 'test/1.0', 'and the others');
is($line->{body}, undef, 'there was no body');
is($line->{answer}{status}, 422, 'a problem is told');

$t->get("/api/products?value=$secret&name=token&q=a",
    headers => [
        'Referer'                        => "https://a/?name=pin&value=$secret",
        'Access-Control-Request-Headers' => 'authorization, x-api-key'
    ]
);
$line = told();
same_json(
    $line->{args},
    { value => '[masked]', name => 'token', q => 'a' },
    'a value whose name is another parameter'
);
is($line->{headers}{referer}, '[masked]', 'and in a URL');
is($line->{headers}{'access-control-request-headers'},
    'authorization, x-api-key', 'a header of names');

# Bodies that are not
sub unlogged_is {
    my ($value, $reason, $bytes, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $expected = { unlogged => $reason };
    $expected->{bytes} = $bytes if defined $bytes;
    return same_json($value, $expected, $name);
}

my $path = $t->path($product);
for (
    [ 'not JSON', {}, 'broken' => qq({"a": "$secret") ],
    [   'not JSON', { type => 'text/plain' },
        'of another type' => qq({"a": "$secret"})
    ],
    [ 'not JSON', { type => '' }, 'of no type' => qq({"a": "$secret"}) ],
    [   'not JSON', { type => 'application/x-www-form-urlencoded' },
        'a form' => "password=$secret"
    ],
    [   'encoded', { headers => [ 'Content-Encoding' => 'gzip' ] },
        'encoded' => qq({"a": "$secret"})
    ],
    [   'not JSON', {},
        'not UTF-8' => qq({"a": "\xff$secret"})
    ],
    [   'too large', {},
        'longer than the limit' => '{"name":"' . $secret x 300 . '"}'
    ],
    )
{
    my ($reason, $options, $name, $body) = @{$_};
    my $r = $t->request(POST => '/api/products', body => $body, %{$options});
    $line = told();
    is($line->{status}, $r->status, "a body $name: the status");
    unlogged_is($line->{body}, $reason, length $body, "$reason, if $name");
}

my $large = '{"name":"' . $secret x 80_000 . '"}';
for my $chunked (0, 10_000) {
    $t->status_is(
        $t->request(
            POST    => '/api/products',
            body    => $large,
            chunked => $chunked
        ),
        413,
        'too large for the service' . ($chunked ? ', chunked' : '')
    );
    $line = told();
    is($line->{status}, 413, 'its status');
    is(ref $line->{body} && $line->{body}{unlogged} ? 1 : 0,
        1, 'its body is not told');
}

$t->request(POST => '/api/nothing', body => qq({"a": "$secret"}));
unlogged_is(told()->{body}, 'not read', length qq({"a": "$secret"}),
    'a body that nobody has read');

$t->request(POST => "$path/purchase", body => '');
is(told()->{body}, undef, 'an empty body is none');

# In one piece or in many
for my $chunked (1, 7) {
    $t->request(
        POST    => "$path/restock",
        body    => qq({"quantity":3,"reference":"cvv=$secret"}),
        chunked => $chunked
    );
    $line = told();
    is($line->{status}, 200, "in chunks of $chunked bytes");
    same_json(
        $line->{body},
        { quantity => 3, reference => '[masked]' },
        'is put together'
    );
}
my $connection = Inv::HTTP::Connection->new($t->port);
my $text = request_text(
    POST      => "$path/restock",
    json      => { quantity => 1, reference => $card },
    keepalive => 1
);
for my $half (substr($text, 0, -10, ''), $text) {
    select undef, undef, undef, 0.05;
    $connection->write($half);
}
ok($connection->response, 'a body in two packets');
same_json(told()->{body}, { quantity => 1, reference => '[masked]' },
    'is put together, too');
$connection->write($text =~ /^POST/ ? '' : join '', map {
        request_text(
            POST      => "$path/restock",
            json      => { quantity => $_ },
            keepalive => 1
        )
} 2, 4);
$connection->response for 1, 2;
$connection->close;
is(join(' ', map { $json->decode($_)->{body}{quantity} } fresh(2)),
    '2 4', 'two requests in one packet have their own bodies');

# Answers of others, and in other forms
$t->status_is($t->head($path), 200, 'HEAD');
is(told()->{answer}, undef, 'has no body');
$t->status_is($t->get($path, headers => [ 'If-None-Match' => '*' ]),
    304, 'what has not changed');
is(told()->{answer}, undef, 'has none either');

my $small = $t->get("/small/products/$product->{id}");
unlogged_is(told()->{answer}, 'too large', length $small->body,
    'an answer over the limit');

$t->get("/zipped/products/$product->{id}",
    headers => [ 'Accept-Encoding' => 'gzip' ]);
is(told()->{answer}{id}, $product->{id}, 'an answer that is compressed later');

$t->get('/health/live');
is(told()->{answer}{status}, 'ok', 'of another face');

$t->post('/via/products', { name => "Bearer $secret", price => 2 });
$line = told();
is($line->{status}, 201, 'what a proxy passes on');
same_json($line->{body}, { name => '[masked]', price => 2 }, 'its body');
is($line->{answer}{name}, '[masked]', 'its answer');

$t->get("/via-zipped/products/$product->{id}");
my ($proxy) = grep { $_->{path} =~ /via/ } map { $json->decode($_) } fresh(2);
is($proxy->{answer}{unlogged}, 'encoded', 'compressed by an upstream');

$t->status_is($t->get('/away'), 302, 'a redirect of nginx');
$line = told();
is($line->{answerHeaders}{location}, '[masked]', 'its Location');
is($line->{answer}{unlogged}, 'not JSON', 'its page');

$t->status_is($t->get('/file.json'), 200, 'a file');
$line = told();
same_json($line->{answer}, { token => '[masked]', a => 1 }, 'is told');
$t->status_is($t->get('/sent.json'), 200, 'a file that the kernel sends');
unlogged_is(told()->{answer}, 'in a file', 34, 'is not read');

$t->status_is($t->get('/page.html'), 200, 'a page of pieces');
my @pieces = map { $json->decode($_) } fresh(2);
is(scalar(grep { ref $_->{answer} && $_->{answer}{type} } @pieces),
    1, 'a piece has its own line');

$t->get('/old/x');
$line = told();
is($line->{path}, '/old/x', 'an internal redirect: what the client asked for');
is(ref $line->{answer}{items}, 'ARRAY', 'and what it got');

# Off
$t->post('/quiet/products', { name => 'x', price => 1, token => $secret });
my @quiet = fresh(2, 'quiet.log');
is($_, '[]', 'off, all of them are empty') for @quiet;
fresh(0);

# The list
my $given = $json->encode($secret);
my @bodies = (
    (map {qq({"$_": $given})}
            qw(password PASSWORD Pass-Word pass_word newPassword passwd pwd
            passphrase secret client_secret token accessToken X-Auth-Token
            authorization Proxy-Authorization cookie Set-Cookie session_id
            apiKey api-key privateKey credentials jwt card card_number pan
            CVV2 pin userPin iban otp description DESCRIPTION taxNumber
            tax-number x_customer)),
    qq({"p\\u0061ssword": $given}),
    qq({"pass\\u200bword": $given}),
    qq({"p\\u0430ssword": $given}),
    qq({"\xef\xbd\x90\xef\xbd\x89\xef\xbd\x8e": $given}),
    qq({"a": [1, {"b": {"TOKEN": [$given]}}]}),
    qq({"pin": {"x": [[$given]]}}),
    qq([[["Authorization", $given]]]),
    qq({"name": "password", "value": $given}),
    qq({"a": "Bearer $secret"}),
    qq({"a": "bearer\\t$secret"}),
    qq({"a": "Basic $spoken"}),
    qq({"a": "$jwt"}),
    qq({"a": "redis://:$secret\@host"}),
    qq({"a": "-----BEGIN PRIVATE KEY-----\\n$secret"}),
    qq({"a": "a=1&token=$secret"}),
    qq({"a": "{\\"pin\\":\\"$secret\\"}"}),
    qq({"a": "{\\"p\\\\u0069n\\":\\"$secret\\"}"}),
    qq({"a": "p%2569n%253D$secret"}),
    qq({"password=$secret": 1}),
    qq({"a": "$card"}),
    qq({"a": "$digits"}),
    qq({"a": $digits}),
    qq({"a": ${digits}0e-1}),
    qq({"a": [4929, 7196, 3581, 2048]}),
    qq({"$digits": 1}),
    qq({"a": "4929-7196\\u00a03581.2048"}),
    qq({"password": $given),
    qq({password: $given}),
    qq({"password": $given,}),
    qq({"a": 1} $given),
    qq("$secret),
    qq(<password>$secret</password>),
);
my @queries = (
    (map {"$_=$secret"}
            qw(password PASSWORD pass-word p%61ssword pass%5Fword token[]
            user[password] user%5Bpin%5D a.token api_key description
            Tax-Number %00 %zz p%C3%A4ss)),
    "a=1&token=$secret", "a=b;token=$secret", "a=Bearer+$secret",
    "a=password%3D$secret", "a=%7B%22pin%22%3A%22$secret%22%7D",
    "a=p%2561ssword%253D$secret", "password:$secret", "a=%ff$secret",
    "token=%$secret", "a=$digits", $digits, "a=4929+7196+3581+2048",
    "a=4929%207196%203581%202048", "$jwt", "a=https://u:$secret\@h/",
    "&&token==$secret&&",
);
my @headers = (
    (map { [ $_ => $secret ] }
            qw(Authorization Proxy-Authorization Cookie X-Api-Key X-Auth-Token
            X-CSRF-Token X-Amz-Security-Token X-Session-Id X-Customer
            X-Forwarded-Client-Cert)),
    [ Cookie         => "a=$secret; b=c" ],
    [ cookie         => "A=$secret" ],
    [ Authorization  => "Basic $spoken" ],
    [ Referer        => "https://shop/x?token=$secret" ],
    [ Referer        => "https://user:$secret\@shop/" ],
    [ 'X-Other'      => "Bearer $secret" ],
    [ 'X-Other'      => qq({"pin":"$secret"}) ],
    [ 'X-Other'      => $card ],
    [ 'X-Other'      => "\xff$secret" ],
    [ 'X-Other'      => $jwt ],
    [ 'User-Agent'   => "curl --password $secret" ],
    [ 'Content-Type' => "application/json; token=$secret" ],
);
my @paths = (
    "token/$secret", "reset-password/$secret", "a;jsessionid=$secret",
    "p%61ssword/$secret", "pin%3D$secret", $digits, '4929/7196/3581/2048',
    '4929%207196%203581%202048', $jwt, "%ff$secret", "..%2ftoken/$secret",
);
my @requests = (
    (map { [ POST => '/api/products', body => $_ ] } @bodies),
    (map { [ POST => "$path/purchase", body => $_, chunked => 5 ] } @bodies),
    (map { [ GET => "/api/products?$_" ] } @queries),
    (map { [ GET => '/api/products', headers => $_ ] } @headers),
    (map { [ GET => "/api/$_" ] } @paths),
);
$t->request(@{$_}) for @requests;
my @lines = fresh(scalar @requests);
my @broken = grep { !eval { $json->decode($_) } } @lines;
is(scalar @broken, 0, @requests . ' ways to slip one through: all lines are JSON')
    or diag(@broken);

# A request that is none, and one that never ends
$connection = Inv::HTTP::Connection->new($t->port);
$connection->write("POST $path/restock HTTP/1.1\r\nHost: a\r\n"
        . "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        . qq({"password":"$secret"));
select undef, undef, undef, 0.1;
$connection->reset;
unlogged_is(told()->{body}, 'not read', 1000, 'a body that never ends');

# What is in the configuration is read
for (
    [ 'inventory_deep_log on;'   => qr/invalid size/ ],
    [ 'inventory_deep_log 0;'    => qr/invalid size/ ],
    [ 'inventory_deep_log 65k;'  => qr/invalid size/ ],
    [ 'inventory_deep_log 1k; inventory_deep_log 2k;' => qr/is duplicate/ ],
    [ 'inventory_mask "--";'     => qr/takes names/ ],
    [ "inventory_mask gr\xc3\xb6\xc3\x9fe;" => qr/takes names/ ],
    [ 'inventory_mask ' . 'a' x 129 . ';' => qr/takes names/ ],
    [ 'inventory_mask;'          => qr/invalid number of arguments/ ],
    )
{
    my ($directive, $why) = @{$_};
    my ($ok, $output) = $t->check_config(server => $directive);
    ok(!$ok, "refused: $directive");
    like($output, $why, 'and why');
}

# Everything that was logged
for my $name (qw(deep.log quoted.log quiet.log error.log)) {
    my @found = grep {/\Q$secret\E|7196.?3581|\Q$spoken\E/} lines_of($name);
    # nginx tells the line of a request that it complains of.
    @found = grep { !/request: "GET/ } @found if $name eq 'error.log';
    is(scalar @found, 0, "no secret in $name") or diag(@found[ 0 .. 2 ]);
}

$t->done;
