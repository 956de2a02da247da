package Inv::Test;

# What a test of the service stands on: a folder, ports, a database of its own,
# and one or more nginx with the module, all gone when the test ends, however it
# ends.  done() is the last thing that a test calls.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();
use JSON::PP;
use Test::More;

use Inv::Books qw(books);
use Inv::HTTP qw(request_text exchange exchange_all drive);
use Inv::Mongo;
use Inv::Nginx;
use Inv::Port;
use Inv::Process qw(wait_until);
use Inv::Redis;
use Inv::Servers;

our @EXPORT = qw(wait_until same_json request_text drive);

$SIG{PIPE} = 'IGNORE';
$SIG{INT}  = $SIG{TERM} = sub { exit 1 };

my @living;
my $owner = $$;
my $canonical = JSON::PP->new->canonical->utf8->allow_nonref->allow_bignum;

# mongo, redis: URIs in place of the common servers'; workers: how many;
# private: the database goes with its server, nothing is to be dropped.
sub new {
    my ($class, %opt) = @_;
    my $dir = File::Temp->newdir('inv-test-XXXXXXXX', TMPDIR => 1,
        CLEANUP => !$ENV{TEST_KEEP});
    chmod 0755, "$dir";
    my $database = sprintf 'invtest_%d_%06x', $$, int rand 1 << 24;
    my $self = bless {
        dir      => $dir,
        database => $database,
        workers  => 2,
        ports    => {},
        nginx    => {},
        %opt,
    }, $class;
    $self->{mongo_uri} = Inv::Servers::with_database(
        delete $self->{mongo} // Inv::Servers::mongo_uri(), $database);
    $self->{redis_url} = delete $self->{redis} // Inv::Servers::redis_url();
    push @living, $self;
    return $self;
}

sub dir       { my ($self) = @_; return "$self->{dir}" }
sub database  { my ($self) = @_; return $self->{database} }
sub mongo_uri { my ($self) = @_; return $self->{mongo_uri} }
sub redis_url { my ($self) = @_; return $self->{redis_url} }

# A port by name, taken when first asked for.
sub port {
    my ($self, $name) = @_;
    return $self->{ports}{ $name // 'main' } //= Inv::Port::take();
}

sub mongo {
    my ($self) = @_;
    return $self->{mongo} //= Inv::Mongo->new($self->{mongo_uri});
}

sub redis {
    my ($self) = @_;
    return $self->{redis} //= Inv::Redis->new($self->{redis_url});
}

# Replaces %%NAME%%: DIR, MODULE, MONGO, REDIS, WORKERS, PORT, PORT_<name>.
sub expand {
    my ($self, $text) = @_;
    my %value = (
        DIR     => $self->dir,
        MODULE  => Inv::Nginx::module(),
        MONGO   => $self->{mongo_uri},
        REDIS   => $self->{redis_url},
        WORKERS => $self->{workers},
    );
    $text =~ s/%%(DIR|MODULE|MONGO|REDIS|WORKERS)%%/$value{$1}/g;
    $text =~ s/%%PORT(?:_(\w+))?%%/$self->port($1)/ge;
    return $text;
}

# A configuration.  main, http, server: lines added there.  locations: in
# place of the usual two.  directives: in place of the usual inventory_ lines
# of http.  events: in place of its line.  listen: in place of the port "main".
# dir: of this nginx.
sub config {
    my ($self, %part) = @_;
    my $dir = $part{dir} // $self->dir;
    my $main = $part{main} // '';
    my $events = $part{events} // 'worker_connections 2048;';
    my $http = $part{http} // '';
    my $server = $part{server} // '';
    my $listen = $part{listen} // '127.0.0.1:%%PORT%%';
    my $directives = $part{directives} // <<'EOT';
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout 10s;
EOT
    my $locations = $part{locations} // <<'EOT';
        location /api/ { inventory_api; }
        location /health { inventory_health; }
EOT
    return $self->expand(<<"EOT");
load_module %%MODULE%%;
pid $dir/nginx.pid;
worker_processes %%WORKERS%%;
error_log $dir/error.log info;
env ASAN_OPTIONS;
env LSAN_OPTIONS;
env UBSAN_OPTIONS;
$main
events { $events }
http {
    access_log $dir/access.log;
    client_body_temp_path $dir/temp_body;
    proxy_temp_path $dir/temp_proxy;
    fastcgi_temp_path $dir/temp_fastcgi;
    uwsgi_temp_path $dir/temp_uwsgi;
    scgi_temp_path $dir/temp_scgi;
$directives
$http
    server {
        listen $listen;
$server
$locations
    }
}
EOT
}

sub write_file {
    my ($self, $name, $text) = @_;
    my $path = $self->dir . "/$name";
    open my $out, '>', $path or die "$path: $!\n";
    print {$out} $text;
    close $out or die "$path: $!\n";
    chmod 0644, $path;
    return $path;
}

# An nginx by name, made when first asked for.
sub nginx {
    my ($self, $name) = @_;
    $name //= 'main';
    if (!$self->{nginx}{$name}) {
        my $dir = $name eq 'main' ? $self->dir : $self->dir . "/$name";
        mkdir $dir;
        $self->{nginx}{$name} = Inv::Nginx->new(
            dir  => $dir,
            port => $self->port($name),
        );
    }
    return $self->{nginx}{$name};
}

# Writes the configuration (parts as in config) and starts nginx.
sub run {
    my ($self, %part) = @_;
    $self->nginx->write_config($self->config(%part))->start;
    return $self;
}

# Ends nginx in good order and starts it again with another configuration.
sub restart {
    my ($self, %part) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @wrong = $self->nginx->finish;
    ok(!@wrong, 'nginx ended without a complaint') or diag(join "\n", @wrong);
    return $self->run(%part);
}

# A second nginx on the same servers, at the port of its name.
sub run_beside {
    my ($self, $name, %part) = @_;
    my $nginx = $self->nginx($name);
    $nginx->write_config(
        $self->config(
            dir    => $nginx->{dir},
            listen => '127.0.0.1:' . $self->port($name),
            %part
        )
    )->start;
    return $nginx;
}

# (ok, output) of nginx -t on a configuration.
sub check_config {
    my ($self, %part) = @_;
    return $self->check_text($self->config(%part));
}

sub check_text {
    my ($self, $text) = @_;
    mkdir $self->dir . '/check';
    return Inv::Nginx->new(dir => $self->dir . '/check', port => 0)
        ->write_config($text)->check;
}


# Requests.  The options are request_text's; port: of another nginx.

sub request {
    my ($self, $method, $path, %opt) = @_;
    return exchange($opt{port} // $self->port, $method, $path, %opt);
}

sub get    { my ($self, @rest) = @_; return $self->request('GET',    @rest) }
sub head   { my ($self, @rest) = @_; return $self->request('HEAD',   @rest) }
sub delete { my ($self, @rest) = @_; return $self->request('DELETE', @rest) }

sub post {
    my ($self, $path, $json, @rest) = @_;
    return $self->request('POST', $path, json => $json, @rest);
}

sub put {
    my ($self, $path, $json, @rest) = @_;
    return $self->request('PUT', $path, json => $json, @rest);
}

sub patch {
    my ($self, $path, $json, @rest) = @_;
    return $self->request('PATCH', $path, json => $json,
        type => 'application/merge-patch+json', @rest);
}

# [method, path, options] each, all at once.
sub all {
    my ($self, @requests) = @_;
    return exchange_all(
        map {
            my ($method, $path, %opt) = @{$_};
            {   port    => $opt{port} // $self->port,
                method  => $method,
                text    => request_text($method, $path, %opt),
                timeout => $opt{timeout},
            }
        } @requests
    );
}

# How many answers had each status: {200 => 1, 409 => 99}.
sub tally {
    my ($self, @responses) = @_;
    my %count;
    $count{ $_->status }++ for @responses;
    return \%count;
}

sub create {
    my ($self, %member) = @_;
    my $r = $self->post('/api/products',
        { name => 'A product', price => 1.5, %member });
    die 'create: ', $r->text, "\n" if $r->status != 201;
    return $r->json;
}

sub path {
    my ($self, $product, $action) = @_;
    return "/api/products/$product->{id}" . ($action ? "/$action" : '');
}


# Assertions.

# Two values as JSON: order of members apart, types and numbers as they are.
sub same_json {
    my ($got, $expected, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return is($canonical->encode($got), $canonical->encode($expected), $name);
}

sub status_is {
    my ($self, $r, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $ok = is($r->status, $status, $name);
    diag($r->text) if !$ok;
    return $ok;
}

# A problem as RFC 9457 and the contract want it, whole.
sub problem_is {
    my ($self, $r, $status, $slug, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @wrong = problem_faults($r, $status, $slug);
    ok(!@wrong, $name // "$status $slug");
    diag(join "\n", @wrong, $r->text) if @wrong;
    return !@wrong;
}

sub problem_faults {
    my ($r, $status, $slug) = @_;
    my $body = $r->json;
    my @wrong;
    my $want = sub {
        my ($got, $expected, $what) = @_;
        $got //= 'nothing';
        push @wrong, "$what is $got, not $expected" if $got ne $expected;
    };

    $want->($r->status, $status, 'status');
    $want->($r->header('Content-Type'), 'application/problem+json',
        'Content-Type');
    return (@wrong, 'the body is not a JSON object') if ref $body ne 'HASH';
    $want->($body->{type}, "urn:ngx-inventory:$slug", 'type');
    $want->($body->{status}, $status, 'status in the body');
    push @wrong, 'status in the body is a string' if $r->number('status') eq '';
    push @wrong, 'no title'    if !length($body->{title}    // '');
    push @wrong, 'no instance' if !length($body->{instance} // '');
    push @wrong, 'no trace id' if ($body->{traceId} // '') !~ /^[0-9a-f]{32}$/;
    $want->($r->header('Trace-Id'), $body->{traceId} // '', 'Trace-Id');
    push @wrong, leaks($r);
    return @wrong;
}

# What tells a client about the inside: there must be nothing of it.
sub leaks {
    my ($r) = @_;
    return map {"leaks: $_"} $r->text =~ m{
        (mongo\w*|redis\w*|bson\w*|mongodb://\S*|127\.0\.0\.1|localhost:\d+
        |ferretdb|postgres\w*|libmongoc|hiredis|yajl|\.c:\d+|errno|E11000\w*
        |/usr/\S*|/tmp/\S*)}xig;
}

# The same for a document that may name its parts.
sub leaks_but_names {
    my ($r) = @_;
    return grep { !/^leaks: (?:mongo|redis)$/ } leaks($r);
}

# A value as text, equal for equal values.
sub canonical_text { my ($value) = @_; return $canonical->encode($value) }

# The pointers of a 422, sorted.
sub pointers_are {
    my ($self, $r, $pointers, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @wrong = problem_faults($r, 422, 'invalid-request');
    my @errors = @{ ($r->json // {})->{errors} // [] };
    push @wrong, map {"no detail at $_->{pointer}"}
        grep { !length($_->{detail} // '') } @errors;
    my $got = join ' ', sort map { $_->{pointer} } @errors;
    my $expected = join ' ', sort @{$pointers};
    push @wrong, "pointers: $got, not $expected" if $got ne $expected;
    ok(!@wrong, $name // "422 at $expected");
    diag(join "\n", @wrong, $r->text) if @wrong;
    return !@wrong;
}

# The ledger and the product agree.
sub books_ok {
    my ($self, $product, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $id = ref $product ? $product->{id} : $product;
    return is(books($self->mongo, $id), '', $name // 'the books balance');
}

# The end: everything is stopped, every log is looked through.
sub done {
    my ($self) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $self->_finish;
    done_testing();
    return;
}

sub _finish {
    my ($self) = @_;
    return if $self->{finished}++;
    for my $name (sort keys %{ $self->{nginx} }) {
        my $nginx = $self->{nginx}{$name};
        my @wrong = $nginx->finish;
        ok(!@wrong, "nginx \"$name\" lived and ended without a complaint");
        diag(join "\n", @wrong) if @wrong;
        $self->_show_log($nginx) if !Test::More->builder->is_passing;
    }
    eval { $self->mongo->drop } if !$self->{private};
    return;
}

sub _show_log {
    my ($self, $nginx) = @_;
    my @lines = split /\n/, $nginx->log;
    splice @lines, 0, -40 if @lines > 40;
    diag(join "\n", "the end of $nginx->{dir}/error.log:", @lines);
    return;
}

# A test that dies still stops what it started, and is told as failed.
END {
    my $status = $?;
    if ($$ == $owner) {
        for my $test (grep { !$_->{finished} } @living) {
            fail('the test came to its end');
            $test->_finish;
        }
        @living = ();
    }
    $? = $status;
}

1;
