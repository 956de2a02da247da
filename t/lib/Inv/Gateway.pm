package Inv::Gateway;

# conf/nginx.example.conf, as two machines of a shop would run it, `one` and
# `two`: each an nginx of its own, an edge and a node; and the shop's other
# services behind them.  Nothing of the file is replaced but its ports,
# addresses and paths.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use JSON::PP;
use Time::HiRes qw(sleep);

use Inv::Certificates;
use Inv::Process qw(wait_until);
use Inv::Response;

# Whose certificate is whose: see the file, and what it refuses.
use constant {
    WORLD    => 'shop.example',
    SERVICES => 'services.shop.example',
};

# The shop's users: who sends one of these is let in as it; and what the
# services were sent comes back.
my $OTHERS = <<'EOT';
        location = /verify {
            add_header WWW-Authenticate Bearer always;
            if ($bearer = "") { return 401; }
            if ($bearer = unnamed) { add_header X-Let-In 1; return 204; }
            add_header X-User-Id $bearer;
            return 204;
        }
        location / {
            default_type application/json;
            add_header X-Powered-By services;
            add_header X-Frame-Options DENY;
            add_header Access-Control-Allow-Origin *;
            return 200 '{"traceparent":"$http_traceparent","principal":"$http_x_principal","claimed":"$http_x_user_id$http_x_real_ip$http_forwarded","forwarded":"$http_x_forwarded_for $http_x_forwarded_proto","uri":"$request_uri","host":"$host"}';
        }
        location = /users/page {
            add_header Content-Security-Policy "default-src 'self'";
            return 200 page;
        }
        location = /users/slow {
            limit_rate 10;
            limit_rate_after 1k;
            return 200 "%%LARGE%%";
        }
        location = /users/broken { return 500 broken; }
EOT

# t: the test whose servers and folder are used.
sub new {
    my ($class, $t) = @_;
    my $self = bless { t => $t }, $class;
    $self->_certificates;
    $self->{text} = _read(dirname(dirname(dirname(dirname(
        abs_path(__FILE__))))) . '/conf/nginx.example.conf');
    return $self;
}

sub start {
    my ($self) = @_;
    (my $others = $OTHERS) =~ s/%%LARGE%%/'abcdefgh' x 256/e;
    $self->{t}->run_beside(
        'others',
        directives => 'inventory_redis off;',
        http       => 'map $http_authorization $bearer '
            . '{ default ""; "~^Bearer (?<who>.*)" $who; }',
        locations => $others,
    );
    $self->start_one($_) for qw(one two);
    return $self;
}

sub nginx { my ($self, $name) = @_; return $self->{t}->nginx($name) }

sub start_one {
    my ($self, $name) = @_;
    my $nginx = $self->nginx($name);
    # Where the test may not have so many descriptors.
    $nginx->allow(qr/setrlimit\(RLIMIT_NOFILE, \d+\) failed/);
    local $ENV{MONGO_URI} = $self->{t}->mongo_uri;
    local $ENV{REDIS_URL} = $self->{t}->redis_url;
    $nginx->write_config($self->text($name))->start;
    return $nginx;
}

# The machine loses its power; before that, where wanted, it hangs for some
# seconds, so that requests are on their way to it when it goes.
sub kill {
    my ($self, $name, $seconds) = @_;
    my $nginx = $self->nginx($name);
    $self->hang($name);
    sleep($seconds // 0);
    CORE::kill('KILL', $nginx->pid, $nginx->workers);
    $nginx->wait_end(10);
    return;
}

# It takes what is sent to it, and does nothing, until it goes on.
sub hang {
    my ($self, $name) = @_;
    return CORE::kill('STOP', $self->nginx($name)->workers);
}

sub go_on {
    my ($self, $name) = @_;
    return CORE::kill('CONT', $self->nginx($name)->workers);
}

# The file for a machine.
sub text {
    my ($self, $name) = @_;
    my $text = $self->{text};
    my @table = $self->_substitutions($name);
    while (my ($from, $to) = splice @table, 0, 2) {
        $text =~ s/$from/$to/g or die "nginx.example.conf has no $from\n";
    }
    my @left = $text =~ m{^([^#\n]*(?:\b10\.\d|[ ]/(?:etc|var|run)/).*)}mg;
    die "not replaced: @left\n" if @left;
    return $text;
}

# All that is replaced: patterns, and what comes in their place.
sub _substitutions {
    my ($self, $name) = @_;
    my $t   = $self->{t};
    my $dir = $self->nginx($name)->{dir};
    my $at  = sub { '127.0.0.1:' . $t->port(join '_', @_) };
    # Temporary files of modules that the file does not use, but nginx has.
    my $unused = join '',
        map {"; ${_}_temp_path $dir/$_"} qw(fastcgi uwsgi scgi);

    return (
        qr{modules/ngx_inventory_module\.so} => Inv::Nginx::module(),
        qr{/run/nginx\.pid}                  => "$dir/nginx.pid",
        qr{/var/log/nginx(?=/)}              => $dir,
        qr{/var/lib/nginx/body}              => "$dir/body",
        qr{/var/lib/nginx/proxy}             => "$dir/proxy$unused",
        qr{/etc/nginx/tls(?=/)}              => $self->{certificates}->path('.'),
        qr{/var/www/acme}                    => $t->dir . '/acme',

        # Listeners.  Those of IPv6 are of IPv4 here: not every machine has it.
        qr{listen\s+80(?=\s)}         => 'listen ' . $at->($name, 'plain'),
        qr{listen\s+\[::\]:80(?=\s)}  => 'listen ' . $at->($name, 'plain6'),
        qr{listen\s+443(?=\s)}        => 'listen ' . $at->($name, 'world'),
        qr{listen\s+\[::\]:443(?=\s)} => 'listen ' . $at->($name, 'world6'),
        qr{listen\s+8443(?=\s)}       => 'listen ' . $at->($name, 'services'),
        qr{listen\s+8081(?=\s)}       => 'listen ' . $at->($name),

        # Upstreams, then whose address is believed and let in.
        qr{(?<=server )10\.0\.0\.11:8081}      => $at->('one'),
        qr{(?<=server )10\.0\.0\.12:8081}      => $at->('two'),
        qr{(?<=server )127\.0\.0\.1:8081}      => $at->($name),
        qr{(?<=server )10\.0\.[12]\.1\d:3000}  => $at->('others'),
        qr{(?<=set_real_ip_from )\s*10\.0\.0\.10} => '127.0.0.1',
        qr{(?<=allow )10\.0\.0\.1\d}           => '127.0.0.1',
    );
}

sub _certificates {
    my ($self) = @_;
    my $dir = $self->{t}->dir . '/tls';
    mkdir $dir;
    mkdir $self->{t}->dir . '/acme';
    my $made = $self->{certificates} = Inv::Certificates->new($dir);
    $made->authority('public',     '/CN=an authority of the web');
    $made->authority('clients-ca', '/O=The Shop/CN=the services of the shop');
    $made->authority('strangers',  '/O=The Shop/CN=the services of the shop');
    $made->certificate($_, by => 'public', for => 'serverAuth')
        for WORLD, SERVICES;
    my $service = sub {
        my ($name, $by, $subject) = @_;
        $made->certificate($name, by => $by, for => 'clientAuth',
            subject => $subject);
    };
    $service->('till',     'clients-ca', '/O=The Shop/CN=till 7');
    $service->('office',   'clients-ca', '/O=The Shop/CN=office');
    $service->('OFFICE',   'clients-ca', '/O=the shop/CN=OFFICE');
    $service->('stranger', 'strangers',  '/O=The Shop/CN=office');
    return;
}

sub certificate_file {
    my ($self, $file) = @_;
    return $self->{certificates}->path($file);
}

# Where a server of a machine is spoken to: `world`, `services` or `plain`.
sub url {
    my ($self, $name, $server, $path) = @_;
    my $host = $server eq 'services' ? SERVICES : WORLD;
    my $scheme = $server eq 'plain' ? 'http' : 'https';
    return "$scheme://$host:" . $self->{t}->port("${name}_$server") . $path;
}

# What curl needs to find and to believe these servers.
sub curl_options {
    my ($self, $name) = @_;
    my $t = $self->{t};
    return (
        '--cacert' => $self->certificate_file('public.crt'),
        map { ('--resolve' => "$_->[0]:" . $t->port("${name}_$_->[1]")
                . ':127.0.0.1') }
            [ WORLD, 'world' ], [ WORLD, 'plain' ], [ SERVICES, 'services' ]
    );
}

# A request by curl: an Inv::Response with `protocol` ("2") beside, or with
# `error`, curl's own number.  server: in place of `world`; name: of the machine;
# as: whose certificate; json, body, headers (list of pairs) and curl (words).
sub request {
    my ($self, $method, $path, %opt) = @_;
    my $name = $opt{name} // 'one';
    my @words = ($self->curl_options($name), '--max-time', 20, '-X', $method);
    push @words, '--head' if $method eq 'HEAD';
    my $body = exists $opt{json} ? encode_json($opt{json}) : $opt{body};
    if (defined $body) {
        push @words, '--data-binary', '@' . $self->{t}->write_file(body => $body),
            '-H', 'Content-Type: application/json';
    }
    my @headers = @{ $opt{headers} // [] };
    while (my ($header, $value) = splice @headers, 0, 2) {
        push @words, '-H', "$header: $value";
    }
    push @words, '--cert', $self->certificate_file("$opt{as}.crt"),
        '--key', $self->certificate_file("$opt{as}.key")
        if $opt{as};
    return curl(@words, @{ $opt{curl} // [] },
        $self->url($name, $opt{server} // 'world', $path));
}

sub curl {
    my (@words) = @_;
    open my $out, '-|', 'curl', '-sS', '--include', '--write-out',
        "\n%{http_code} %{http_version}", @words
        or die "curl: $!\n";
    my $text = do { local $/ = undef; <$out> };
    my $failed = close $out ? 0 : $? >> 8;
    $text =~ s/\n(\d+) (\S+)\z// or die "curl said: $text\n";
    my ($status, $protocol) = ($1, $2);
    return Inv::Response->failed($failed) if $failed;

    # Of the answers the last, in the words of 1.1, and with its body whole.
    my ($head, $body) = $text =~ /\A(?:HTTP\S+ 1\d\d.*?\r\n\r\n)*(.*?\r\n)\r\n(.*)/s
        or die "curl said: $text\n";
    my @lines = grep { !/^(?:HTTP|content-length:|transfer-encoding:)/i }
        split /\r\n/, $head;
    my $plain = join "\r\n", "HTTP/1.1 $status curl", @lines, '', $body;
    my $r = Inv::Response->take(\$plain, 'GET', 1);
    $r->{protocol} = $protocol;
    return $r;
}

# A product, by a service.
sub create {
    my ($self, %member) = @_;
    my $r = $self->request(
        POST   => '/api/products',
        server => 'services',
        as     => 'till',
        json   => { name => 'A product', price => 1.5, %member },
    );
    die 'create: ', $r->text, "\n" if $r->status != 201;
    return $r->json;
}

# The lines of both machines' logs that match, decoded, when there are so many.
sub logged {
    my ($self, $count, $matches) = @_;
    my @files = map { $self->nginx($_)->{dir} . '/access.log' } qw(one two);
    my @found;
    wait_until(
        sub {
            @found = grep { $matches->($_) } map { _lines($_) } @files;
            return @found >= $count;
        },
        5
    );
    return @found;
}

# Each line of a log has to be JSON.
sub _lines {
    my ($file) = @_;
    return map { decode_json($_) } split /\n/, _read($file);
}

sub _read {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    local $/ = undef;
    return scalar <$in> // '';
}

1;
